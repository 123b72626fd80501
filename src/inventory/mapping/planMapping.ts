import { createHash } from 'node:crypto';
import { quoteText } from '../expressions/deviceSource.ts';
import type { Expression, ExpressionEngine, ResultType } from '../expressions/expressionEngine.ts';
import type { Field } from '../fields/field.ts';
import { FIELDS_NOT_COPIED, findField, NEEDED_FIELDS } from '../fields/fieldCatalogue.ts';
import { suggestField } from '../fields/suggestField.ts';
import { scheduleProblem } from '../schedule/schedule.ts';
import type { Finding } from '../finding.ts';
import type { ColumnType, Mapping } from './mappingSchema.ts';
import type { MappingFile } from './parseMapping.ts';
import type { Plan, PlannedColumn } from './plan.ts';

export type Planned =
  { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly findings: readonly Finding[] };

type Path = readonly (string | number)[];
type Report = (path: Path, finding: Finding) => void;

/** Checks everything about a mapping that can be known without its target and without devices, all mistakes at once. */
export async function planMapping(source: MappingFile, engine: ExpressionEngine): Promise<Planned> {
  const { mapping, file, lineOf } = source;
  const findings: Finding[] = [];
  const report: Report = (path, finding) => {
    const line = lineOf(path);
    findings.push({ ...finding, file, ...(line === undefined ? {} : { line }) });
  };
  const chosen = chooseFields(mapping, report);
  const mayUse = (field: Field): boolean => chosen.has(field);
  const compile = async (text: string, path: Path): Promise<Expression | undefined> => {
    const compiled = await engine.compile(text, mayUse);
    if (compiled.ok) return compiled.expression;
    report(path, { ...compiled.finding, message: `${path.join('.')}: ${compiled.finding.message}` });
    return undefined;
  };
  const condition = async (text: string, path: Path): Promise<Expression | undefined> => {
    const compiled = await compile(text, path);
    if (compiled === undefined || compiled.type === 'boolean') return compiled;
    report(path, {
      code: 'typeMismatch',
      message: `${path.join('.')}: a condition is true or false; this gives ${compiled.type}.`,
      todo: "Compare with something, as in OperatingSystem = 'Windows'.",
    });
    return undefined;
  };

  const columns: PlannedColumn[] = [];
  let keyExpression: Expression | undefined;
  for (const [name, given] of Object.entries(mapping.columns)) {
    const path = ['columns', name];
    const settings = typeof given === 'string' ? { value: given, write: 'always' as const } : given;
    const expression = await compile(settings.value, path);
    if (expression === undefined) continue;
    const type = settings.type ?? typeOf(expression.type);
    if (!fits(expression.type, type)) {
      report(path, {
        code: 'typeMismatch',
        message: `${path.join('.')}: what comes of the expression is ${expression.type}, which cannot fit ${type}.`,
        todo: 'Change the type, or CAST the value.',
      });
      continue;
    }
    if (name === mapping.key) keyExpression = expression;
    columns.push(
      plannedColumn(name, type, expression, path, settings, defaultOf(mapping, name, type, report)),
    );
  }
  for (const name of Object.keys(mapping.defaults)) {
    if (Object.hasOwn(mapping.columns, name)) continue;
    report(['defaults', name], {
      code: 'unknownColumn',
      message: `defaults.${name} belongs to no column.`,
      todo: 'Add the column to `columns`, or take the default out.',
    });
  }
  if (mapping.categories !== undefined)
    columns.push(...(await categoryColumns(mapping.categories, condition)));
  const filter = mapping.filter === undefined ? undefined : await condition(mapping.filter, ['filter']);
  const owner = mapping.assignment && (await compile(mapping.assignment.owner, ['assignment', 'owner']));
  reportSchedule(mapping, report);
  reportTwice(columns, mapping, report);
  reportKey(mapping, keyExpression, chosen, report);

  const key = columns.find(({ name }) => name === mapping.key);
  if (findings.length > 0 || key === undefined || keyExpression === undefined) return { ok: false, findings };
  const keyFields = [...keyExpression.fields];
  return {
    ok: true,
    plan: {
      source,
      fields: [...withNeeded(chosen)],
      columns,
      key,
      keyIsDeviceId:
        keyFields.length === 1 && keyFields[0]?.graph === 'id' && /^id$/i.test(keyExpression.text.trim()),
      keyFields,
      filter,
      owner,
      fingerprint: createHash('sha256')
        .update(JSON.stringify(rowsDependOn(mapping)))
        .digest('hex')
        .slice(0, 16),
    },
  };
}

/** Fields that are written out one by one. A star, or any other word for many, would choose personal ones unseen. */
function chooseFields(mapping: Mapping, report: Report): ReadonlySet<Field> {
  const chosen = new Set<Field>();
  for (const [index, name] of mapping.fields.entries()) {
    const field = findField(name);
    if (field !== undefined) chosen.add(field);
    else
      report(['fields', index], {
        code: name === '*' || /^all$/i.test(name) ? 'personalField' : 'unknownField',
        message: FIELDS_NOT_COPIED.some((known) => known.toLowerCase() === name.toLowerCase())
          ? `the field ${name} is never copied.`
          : `there is no field ${JSON.stringify(name.slice(0, 60))}.`,
        todo: `${suggestField(name)}Name each field; \`intune-gate inventory fields\` lists them.`,
      });
  }
  return chosen;
}

function withNeeded(chosen: ReadonlySet<Field>): ReadonlySet<Field> {
  const needed = NEEDED_FIELDS.map(findField).filter((field) => field !== undefined);
  return new Set([...needed, ...chosen]);
}

function typeOf(type: ResultType): ColumnType {
  return type === 'null' ? 'text' : type;
}

/** Text may hold anything written out; the rest holds its own kind, and whole numbers are numbers. */
function fits(from: ResultType, to: ColumnType): boolean {
  return from === to || from === 'null' || to === 'text' || (from === 'integer' && to === 'decimal');
}

const CASTS: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  decimal: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'TIMESTAMP',
};

function plannedColumn(
  name: string,
  type: ColumnType,
  expression: Expression,
  path: Path,
  settings: { readonly write: 'always' | 'once'; readonly maxLength?: number | undefined },
  fallback: string | undefined,
): PlannedColumn {
  const value = `CAST((${expression.sql}) AS ${CASTS[type]})`;
  const fields = [...expression.fields];
  return {
    name,
    type,
    sql: `CAST(${fallback === undefined ? value : `COALESCE(${value}, ${fallback})`} AS VARCHAR)`,
    path,
    personal: fields.some(({ personal }) => personal),
    restless: fields.some(({ restless }) => restless),
    stamp: expression.usesTime,
    once: settings.write === 'once',
    maxLength: settings.maxLength,
  };
}

/** The default as SQL. It is a constant of the mapping, never an expression. */
function defaultOf(mapping: Mapping, name: string, type: ColumnType, report: Report): string | undefined {
  if (!Object.hasOwn(mapping.defaults, name)) return undefined;
  const value = mapping.defaults[name];
  const fitting =
    type === 'text' ||
    (type === 'boolean' && typeof value === 'boolean') ||
    (type === 'integer' && Number.isSafeInteger(value)) ||
    (type === 'decimal' && typeof value === 'number' && Number.isFinite(value)) ||
    (type === 'date' && typeof value === 'string' && !Number.isNaN(Date.parse(value)));
  if (fitting) return `CAST(${quoteText(String(value))} AS ${CASTS[type]})`;
  report(['defaults', name], {
    code: 'typeMismatch',
    message: `defaults.${name} does not fit the type ${type}.`,
    todo: `Write a value of the type ${type}.`,
  });
  return undefined;
}

type Categories = NonNullable<Mapping['categories']>;

/** The category is worked out each time; what it brings along is for the beginning, and then belongs to people. */
async function categoryColumns(
  categories: Categories,
  condition: (text: string, path: Path) => Promise<Expression | undefined>,
): Promise<readonly PlannedColumn[]> {
  const conditions: (Expression | undefined)[] = [];
  for (const [index, rule] of categories.rules.entries()) {
    conditions.push(await condition(rule.when, ['categories', 'rules', index, 'when']));
  }
  const rules = [...categories.rules, categories.otherwise];
  const parts = [
    ['category', 'category'],
    ['condition', 'condition'],
    ['subStatus', 'subStatus'],
    ['store', 'store'],
  ] as const;
  const used = conditions.flatMap((one) => (one === undefined ? [] : [...one.fields]));
  return parts
    .filter(([part]) => rules.some((rule) => rule[part] !== undefined))
    .map(([part, column]) => ({
      name: categories.columns[column],
      type: 'text' as const,
      sql: `CASE ${categories.rules
        .map((rule, index) => `WHEN (${conditions[index]?.sql ?? 'FALSE'}) THEN ${textOrNull(rule[part])}`)
        .join(' ')} ELSE ${textOrNull(categories.otherwise[part])} END`.replace(
        /^CASE {2}ELSE (.*) END$/,
        '$1',
      ),
      path: ['categories', 'columns', column],
      personal: used.some(({ personal }) => personal),
      restless: false,
      stamp: false,
      once: part !== 'category',
      maxLength: undefined,
    }));
}

function textOrNull(text: string | undefined): string {
  return text === undefined ? 'NULL' : quoteText(text);
}

function reportSchedule({ schedule }: Mapping, report: Report): void {
  const problem = schedule === undefined ? undefined : scheduleProblem(schedule);
  if (problem !== undefined)
    report(['schedule'], {
      code: 'malformed',
      message: `the schedule cannot be used: ${problem}.`,
      todo: "Write a cron expression such as '0 */4 * * *', and a time zone such as Europe/Berlin.",
    });
}

/** Databases do not tell the cases of names apart. */
function reportTwice(columns: readonly PlannedColumn[], mapping: Mapping, report: Report): void {
  const system = mapping.target.systemColumns;
  const taken = new Set(Object.values(system).map((name) => name.toLowerCase()));
  const { assignment } = mapping;
  const named = [
    ...columns.map(({ name, path }) => ({ name, path })),
    ...(assignment === undefined
      ? []
      : [
          { name: assignment.column, path: ['assignment', 'column'] },
          { name: assignment.note, path: ['assignment', 'note'] },
        ]),
  ];
  for (const { name, path } of named) {
    if (taken.has(name.toLowerCase()))
      report(path, {
        code: 'malformed',
        message: `the column ${name} is there twice.`,
        todo: 'Give one of them another name; `target.systemColumns` renames those of the gate.',
      });
    taken.add(name.toLowerCase());
  }
}

function reportKey(
  mapping: Mapping,
  expression: Expression | undefined,
  chosen: ReadonlySet<Field>,
  report: Report,
): void {
  if (!Object.hasOwn(mapping.columns, mapping.key)) {
    report(['key'], {
      code: 'unknownColumn',
      message: `the key ${mapping.key} is none of the columns.`,
      todo: 'Name a column of `columns`, such as one with the expression Id.',
    });
    return;
  }
  if (expression === undefined) return;
  const fields = [...expression.fields];
  const unfit = fields.filter(({ identifier }) => identifier === 'no');
  const phones = fields.some(({ identifier }) => identifier === 'phonesOnly');
  const others = fields.some(({ identifier }) => identifier === 'yes' || identifier === 'ifUnique');
  const { write } = {
    write: 'always',
    ...(typeof mapping.columns[mapping.key] === 'object'
      ? (mapping.columns[mapping.key] as { write?: string })
      : {}),
  };
  const unfitFor =
    fields.length === 0
      ? 'it is made of no field'
      : expression.usesTime
        ? 'it tells the time'
        : write === 'once'
          ? 'it is written once'
          : unfit.length > 0
            ? `${unfit.map(({ name }) => name).join(', ')} does not identify a device`
            : phones && !others && !onlyPhones(mapping)
              ? 'only phones have an IMEI or MEID'
              : undefined;
  if (unfitFor === undefined) return;
  report(['columns', mapping.key], {
    code: 'unfitIdentifier',
    message: `the key ${mapping.key} is unfit: ${unfitFor}.`,
    todo: `Use Id${chosen.size === 0 ? '' : ', or SerialNumber where it is unique'}; IMEI and MEID need a filter that lets only phones through.`,
  });
}

/** A filter speaks of phones when it speaks of their systems. */
function onlyPhones(mapping: Mapping): boolean {
  return (
    /operatingsystem\s*(?:=|in\b)/i.test(mapping.filter ?? '') &&
    /'(?:ios|android|ipados)/i.test(mapping.filter ?? '')
  );
}

function rowsDependOn({
  mode,
  fields,
  blanks,
  filter,
  key,
  columns,
  defaults,
  categories,
  assignment,
  target,
}: Mapping): unknown {
  return [
    mode,
    fields,
    blanks,
    filter,
    key,
    columns,
    defaults,
    categories,
    assignment,
    target.tables,
    target.systemColumns,
  ];
}
