/**
 * How many characters a text can become to have, worked out from the most its arguments can have, and from those arguments that are
 * whole numbers written out.
 */
type LongestOf = (lengths: readonly number[], numbers: readonly (number | undefined)[]) => number;

/** What comes of numbers, dates and the like is short. */
export const SHORT = 64;

const short: LongestOf = () => SHORT;
const asFirst: LongestOf = ([first = 0]) => first;
/** The first so many characters; a negative number leaves that many out. */
const upTo =
  (position: number): LongestOf =>
  ([text = 0], numbers) => {
    const count = numbers[position];
    return count === undefined || count < 0 ? text : Math.min(text, count);
  };
const sum: LongestOf = (lengths) => lengths.reduce((total, length) => total + length, 0);
const most: LongestOf = (lengths) => Math.max(0, ...lengths);

/**
 * Every function an expression may call, under DuckDB's name, with the number of arguments it takes. All are scalar, give the same for
 * the same, touch nothing outside their arguments, and grow no more than is said here.
 */
export const ALLOWED_FUNCTIONS: Readonly<
  Record<string, { arguments: [number, number]; longest: LongestOf }>
> = {
  // Text. Some letters become two when their case changes.
  upper: { arguments: [1, 1], longest: asFirst },
  lower: { arguments: [1, 1], longest: asFirst },
  ucase: { arguments: [1, 1], longest: asFirst },
  lcase: { arguments: [1, 1], longest: asFirst },
  left: { arguments: [2, 2], longest: upTo(1) },
  right: { arguments: [2, 2], longest: upTo(1) },
  substring: { arguments: [2, 3], longest: upTo(2) },
  substr: { arguments: [2, 3], longest: upTo(2) },
  trim: { arguments: [1, 2], longest: asFirst },
  ltrim: { arguments: [1, 2], longest: asFirst },
  rtrim: { arguments: [1, 2], longest: asFirst },
  reverse: { arguments: [1, 1], longest: asFirst },
  split_part: { arguments: [3, 3], longest: asFirst },
  replace: {
    arguments: [3, 3],
    longest: ([text = 0, , by = 0]) => text * Math.max(1, by),
  },
  concat: { arguments: [1, 30], longest: sum },
  '||': { arguments: [2, 2], longest: sum },
  length: { arguments: [1, 1], longest: short },
  len: { arguments: [1, 1], longest: short },
  strlen: { arguments: [1, 1], longest: short },
  position: { arguments: [2, 2], longest: short },
  strpos: { arguments: [2, 2], longest: short },
  instr: { arguments: [2, 2], longest: short },
  contains: { arguments: [2, 2], longest: short },
  starts_with: { arguments: [2, 2], longest: short },
  ends_with: { arguments: [2, 2], longest: short },
  prefix: { arguments: [2, 2], longest: short },
  suffix: { arguments: [2, 2], longest: short },
  // LIKE, NOT LIKE, ILIKE, NOT ILIKE, each with and without ESCAPE.
  '~~': { arguments: [2, 2], longest: short },
  '!~~': { arguments: [2, 2], longest: short },
  '~~*': { arguments: [2, 2], longest: short },
  '!~~*': { arguments: [2, 2], longest: short },
  like_escape: { arguments: [3, 3], longest: short },
  not_like_escape: { arguments: [3, 3], longest: short },
  ilike_escape: { arguments: [3, 3], longest: short },
  not_ilike_escape: { arguments: [3, 3], longest: short },
  // Choice.
  nullif: { arguments: [2, 2], longest: asFirst },
  ifnull: { arguments: [2, 2], longest: most },
  greatest: { arguments: [1, 30], longest: most },
  least: { arguments: [1, 30], longest: most },
  // Numbers.
  '+': { arguments: [1, 2], longest: short },
  '-': { arguments: [1, 2], longest: short },
  '*': { arguments: [2, 2], longest: short },
  '/': { arguments: [2, 2], longest: short },
  '//': { arguments: [2, 2], longest: short },
  '%': { arguments: [2, 2], longest: short },
  mod: { arguments: [2, 2], longest: short },
  abs: { arguments: [1, 1], longest: short },
  sign: { arguments: [1, 1], longest: short },
  round: { arguments: [1, 2], longest: short },
  floor: { arguments: [1, 1], longest: short },
  ceil: { arguments: [1, 1], longest: short },
  ceiling: { arguments: [1, 1], longest: short },
  trunc: { arguments: [1, 1], longest: short },
  // Dates.
  getutcdate: { arguments: [0, 0], longest: short },
  date_part: { arguments: [2, 2], longest: short },
  datepart: { arguments: [2, 2], longest: short },
  date_trunc: { arguments: [2, 2], longest: short },
  date_diff: { arguments: [3, 3], longest: short },
  datediff: { arguments: [3, 3], longest: short },
  year: { arguments: [1, 1], longest: short },
  month: { arguments: [1, 1], longest: short },
  day: { arguments: [1, 1], longest: short },
  hour: { arguments: [1, 1], longest: short },
  minute: { arguments: [1, 1], longest: short },
  second: { arguments: [1, 1], longest: short },
  epoch: { arguments: [1, 1], longest: short },
};

/** Types a value may be cast to. */
export const ALLOWED_TYPES: ReadonlySet<string> = new Set([
  'VARCHAR',
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'DECIMAL',
  'DATE',
  'TIMESTAMP',
]);

/** What a person may have meant by a function that is not on the list. */
export const MEANT: Readonly<Record<string, string>> = {
  now: 'GETUTCDATE()',
  getdate: 'GETUTCDATE()',
  get_current_timestamp: 'GETUTCDATE()',
  current_timestamp: 'GETUTCDATE()',
  current_date: 'CAST(GETUTCDATE() AS DATE)',
  isnull: 'COALESCE',
  nvl: 'COALESCE',
  iif: 'CASE WHEN … THEN … ELSE … END',
  if: 'CASE WHEN … THEN … ELSE … END',
  charindex: 'POSITION(a IN b)',
  convert: 'CAST(… AS …)',
  try_convert: 'TRY_CAST(… AS …)',
  concat_ws: 'CONCAT',
  dateadd: 'CAST and DATE_DIFF',
  regexp_replace: 'REPLACE, SPLIT_PART or LIKE',
  regexp_full_match: 'LIKE',
  regexp_matches: 'LIKE',
};
