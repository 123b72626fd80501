import { z } from 'zod';

const name = z.string().min(1).max(200);
const expression = z.string().min(1).max(4_000);
/** Of a table or column, where people may have chosen any name; a table may be `schema.table`. */
const identifier = z
  .string()
  .regex(
    /^[\p{L}_][\p{L}\p{N}_ -]{0,62}$/u,
    'must begin with a letter and have at most 63 letters, digits, _, - or spaces',
  );
const table = z
  .string()
  .regex(
    /^[\p{L}_][\p{L}\p{N}_-]{0,62}(?:\.[\p{L}_][\p{L}\p{N}_-]{0,62})?$/u,
    'must be a table, or schema.table',
  );
const constant = z.union([z.string().max(1_000), z.number(), z.boolean()]);
const secret = z.union([
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ env: z.string().min(1) }),
]);

export const COLUMN_TYPES = ['text', 'integer', 'decimal', 'boolean', 'date'] as const;

const column = z.union([
  expression,
  z.strictObject({
    value: expression,
    /** Default: what comes of the expression. */
    type: z.enum(COLUMN_TYPES).optional(),
    /** A device whose value is longer is skipped, and the run says so. */
    maxLength: z.int().min(1).max(100_000).optional(),
    /** `once`: written when the row is made, and then left to people. */
    write: z.enum(['always', 'once']).default('always'),
  }),
]);

const category = {
  category: name,
  condition: name.optional(),
  subStatus: name.optional(),
  store: name.optional(),
};

const tables = z.strictObject({
  discovery: table.default('discovery'),
  inventory: table.default('inventory'),
});

const systemColumns = z.strictObject({
  deviceId: identifier.default('intune_device_id'),
  lifecycle: identifier.default('lifecycle'),
  lifecycleSince: identifier.default('lifecycle_since'),
  createdAt: identifier.default('created_at'),
  changedAt: identifier.default('changed_at'),
  changedBy: identifier.default('changed_by'),
});

const common = {
  tables: tables.prefault({}),
  /** What the gate's own tables (runs, lock, progress) begin with. */
  bookkeeping: table.default('intune_gate'),
  /** Make tables and columns that are missing. */
  create: z.boolean().optional(),
  systemColumns: systemColumns.prefault({}),
};

const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('duckdb'), file: z.string().min(1), ...common }),
  z.strictObject({
    kind: z.literal('postgres'),
    host: z.string().min(1).default('localhost'),
    port: z.int().min(1).max(65_535).default(5_432),
    database: z.string().min(1),
    user: z.string().min(1),
    password: secret.optional(),
    /** `on` checks the certificate and the name; `off` is for this machine and Unix sockets. */
    tls: z.enum(['on', 'off']).default('on'),
    caFile: z.string().min(1).optional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('file'),
    file: z.string().min(1),
    format: z.enum(['csv', 'jsonl', 'parquet']),
    /** A DuckDB file that knows what was written before. Default: the file with `.state.duckdb` behind it. */
    state: z.string().min(1).optional(),
    ...common,
  }),
]);

/** One mapping, as its YAML says it. */
export const mappingSchema = z.strictObject({
  name,
  department: name.optional(),
  active: z.boolean().default(true),
  /** Recorded on everything that is written. */
  integrationUser: name.default('intune-gate'),
  tenant: name.default('default'),
  mode: z.enum(['discovery', 'inventory']).default('inventory'),
  fields: z.array(name).min(1).max(100),
  /** Whether `''` and dates that mean never are nothing. */
  blanks: z.enum(['null', 'keep']).default('null'),
  filter: expression.optional(),
  key: identifier,
  columns: z.record(identifier, column),
  /** What a column gets where its expression gives nothing. */
  defaults: z.record(identifier, constant).default({}),
  categories: z
    .strictObject({
      columns: z
        .strictObject({
          category: identifier.default('Category'),
          condition: identifier.default('Condition'),
          subStatus: identifier.default('Sub_Status'),
          store: identifier.default('Store'),
        })
        .prefault({}),
      rules: z.array(z.strictObject({ when: expression, ...category })).max(100),
      otherwise: z.strictObject(category),
    })
    .optional(),
  assignment: z
    .strictObject({
      owner: expression,
      users: z.strictObject({
        table,
        /** Columns an owner is looked for in, in any letter case: mail, login. */
        match: z.array(identifier).min(1).max(5),
        /** Column whose value is written. */
        value: identifier,
      }),
      column: identifier.default('Assigned_To'),
      note: identifier.default('Assignment_Note'),
    })
    .optional(),
  target,
  sync: z
    .strictObject({
      /** Devices in one transaction, of as many pages as it takes; Graph sends up to 1,000 in a page. */
      batch: z.int().min(1).max(20_000).default(5_000),
      fullEveryHours: z.number().min(0).max(8_760).default(24),
      overlapMinutes: z.number().min(0).max(10_080).default(30),
      /** How many devices a run reads one by one, for fields that lists do not tell. */
      detailsPerRun: z.int().min(0).max(1_000_000).default(5_000),
      detailsRefreshDays: z.number().min(1).max(3_650).default(30),
      /** How many devices that are missing from the list a run asks for by their id. */
      confirmationsPerRun: z.int().min(0).max(1_000_000).default(2_000),
    })
    .prefault({}),
  schedule: z
    .strictObject({ cron: z.string().min(9).max(200), timeZone: z.string().min(1).max(100).default('UTC') })
    .optional(),
});

export type Mapping = z.infer<typeof mappingSchema>;
export type ColumnType = (typeof COLUMN_TYPES)[number];

export function mappingJsonSchema(): unknown {
  return z.toJSONSchema(mappingSchema, { io: 'input' });
}
