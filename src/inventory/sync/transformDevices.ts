import { quoteText } from '../expressions/deviceSource.ts';
import type { ExpressionEngine, TextRow } from '../expressions/expressionEngine.ts';
import { TimeIsUp } from '../expressions/lockedDuckdb.ts';
import type { Field } from '../fields/field.ts';
import { NEEDED_FIELDS } from '../fields/fieldCatalogue.ts';
import { readFieldValue, type FieldValue } from '../fields/fieldValue.ts';
import type { Plan } from '../mapping/plan.ts';
import type { AssetRow, DeviceRow, Lifecycle } from '../targets/inventoryTarget.ts';
import type { RawDevice } from './deviceFeed.ts';
import { SyncError } from './syncError.ts';

/** What becomes of the devices of a page. */
export interface Transformed {
  readonly devices: readonly DeviceRow[];
  /** Undefined in discovery mode. */
  readonly assets: readonly AssetRow[] | undefined;
  readonly skipped: Readonly<Record<string, number>>;
}

export interface Transformer {
  /** Pure: devices as Intune wrote them become values, and those that cannot are counted. */
  read(rows: readonly RawDevice[]): {
    readonly devices: readonly DeviceRow[];
    readonly skipped: Readonly<Record<string, number>>;
  };
  /**
   * @param json - the values of the devices, as `valuesJson` makes it
   * @throws SyncError `findings` if an expression takes too long
   */
  transform(devices: readonly DeviceRow[], json: string): Promise<Pick<Transformed, 'assets' | 'skipped'>>;
}

const PAGE_MS = 20_000;
const BEING_REMOVED = /^(?:retire|wipe|delete)(?:Pending|Issued)$/;

/** @param limits - the longest texts the target's columns take, by lower-case name */
export function createTransformer(
  engine: ExpressionEngine,
  plan: Plan,
  limits: ReadonlyMap<string, number>,
): Transformer {
  const { mapping } = plan.source;
  const blanksAreNull = mapping.blanks === 'null';
  const used = new Set(plan.fields);
  const columns = assetColumns(plan, limits);

  const select = async (
    devices: readonly DeviceRow[],
    json: string,
  ): Promise<readonly (TextRow | undefined)[]> => {
    try {
      return await engine.select(columns, used, json, PAGE_MS);
    } catch (error) {
      if (error instanceof TimeIsUp)
        throw new SyncError('findings', 'an expression takes too long', {
          cause: error,
          findings: [
            {
              code: 'expressionSlow',
              message: 'an expression takes too long.',
              todo: 'Write it more simply.',
              file: plan.source.file,
            },
          ],
        });
      // One device makes an expression fail, so halves are tried until it stands alone.
      if (devices.length === 1) return [undefined];
      const middle = Math.ceil(devices.length / 2);
      const halves = [devices.slice(0, middle), devices.slice(middle)];
      const rows: (TextRow | undefined)[] = [];
      for (const half of halves) rows.push(...(await select(half, valuesJson(half))));
      return rows;
    }
  };

  return {
    read(rows) {
      refuseMissingFields(rows, plan, mapping.fields.length);
      const skipped: Record<string, number> = {};
      const devices = rows.flatMap((row, index) => {
        const device = readDevice(row, plan.fields, blanksAreNull, index + 1);
        if (typeof device !== 'string') return [device];
        skipped[device] = (skipped[device] ?? 0) + 1;
        return [];
      });
      return { devices: withoutRepeated(devices), skipped };
    },

    async transform(devices, json) {
      if (mapping.mode === 'discovery' || devices.length === 0) {
        return { assets: mapping.mode === 'discovery' ? undefined : [], skipped: {} };
      }
      const skipped: Record<string, number> = {};
      const skip = (reason: string): void => {
        skipped[reason] = (skipped[reason] ?? 0) + 1;
      };
      const keys = new Set<string>();
      const rows = await select(devices, json);
      const assets = devices.flatMap((device, index): readonly AssetRow[] => {
        const row = rows[index];
        const [key, problem, asset] = row ?? [];
        if (row === undefined) skip('expressionFailed');
        else if (typeof problem === 'string') skip(problem);
        else if (typeof key !== 'string' || typeof asset !== 'string') skip('keyEmpty');
        else if (keys.has(key)) skip('duplicateKey');
        else {
          keys.add(key);
          // Neither holds anything that JSON would write in another way.
          return [{ key, json: `${asset.slice(0, -1)},"d":"${device.id}","l":"${device.lifecycle}"}` }];
        }
        return [];
      });
      return { assets, skipped };
    },
  };
}

/** What expressions and targets are given of devices. */
export function valuesJson(devices: readonly DeviceRow[]): string {
  return JSON.stringify(devices.map(({ values }) => values));
}

/** Key, why the device is not written, and the row. */
function assetColumns(plan: Plan, limits: ReadonlyMap<string, number>): readonly string[] {
  const tooLong = plan.columns.flatMap(({ name, sql, maxLength, type }) => {
    const longest = Math.min(maxLength ?? Infinity, limits.get(name.toLowerCase()) ?? Infinity);
    return type !== 'text' || longest === Infinity
      ? []
      : [`WHEN length(${sql}) > ${longest} THEN ${quoteText(`valueTooLong: ${name}`)}`];
  });
  const filtered = plan.filter === undefined ? [] : [`WHEN (${plan.filter.sql}) IS NOT TRUE THEN 'filtered'`];
  const cases = [
    ...filtered,
    `WHEN (${plan.key.sql}) IS NULL OR trim(${plan.key.sql}) = '' THEN 'keyEmpty'`,
    ...tooLong,
  ];
  const parts = [
    ...plan.columns.map(({ sql }, index) => `'c${index}', ${sql}`),
    ...(plan.owner === undefined
      ? []
      : [`'o', NULLIF(lower(trim(CAST((${plan.owner.sql}) AS VARCHAR))), '')`]),
  ];
  return [
    `(${plan.key.sql})`,
    `CASE ${cases.join(' ')} END`,
    `CAST(json_object(${parts.join(', ')}) AS VARCHAR)`,
  ];
}

/** A device as values, or the reason why it is left out. */
function readDevice(
  row: RawDevice,
  fields: readonly Field[],
  blanksAreNull: boolean,
  place: number,
): DeviceRow | string {
  const values: Record<string, FieldValue> = {};
  for (const field of fields) {
    // In a list these are defaults, which are no fact about the device.
    if (field.onlyById) {
      values[field.graph] = null;
      continue;
    }
    const read = readFieldValue(field, row[field.graph], blanksAreNull);
    if (!read.ok) return `invalidValue: ${field.name}`;
    values[field.graph] = read.value;
  }
  const id = String(row['id']).toLowerCase();
  const lifecycle = lifecycleOf(values['managementState']);
  values['id'] = id;
  values['_n'] = place;
  values['_l'] = lifecycle;
  values['_d'] = false;
  return { id, lifecycle, values, hasDetails: false };
}

function lifecycleOf(managementState: FieldValue | undefined): Lifecycle {
  return typeof managementState === 'string' && BEING_REMOVED.test(managementState) ? 'retired' : 'active';
}

/** The boundary of a page can repeat a device; the later row is the newer one. */
function withoutRepeated(devices: readonly DeviceRow[]): readonly DeviceRow[] {
  const byId = new Map(devices.map((device) => [device.id, device]));
  return byId.size === devices.length ? devices : devices.filter((device) => byId.get(device.id) === device);
}

/** What is not sent is not nothing: to go on would empty a column. */
function refuseMissingFields(rows: readonly RawDevice[], plan: Plan, chosen: number): void {
  if (rows.length === 0 || chosen === 0) return;
  const optional: ReadonlySet<string> = new Set(NEEDED_FIELDS);
  const missing = plan.fields.filter(
    (field) =>
      !field.onlyById && !optional.has(field.graph) && !rows.some((row) => Object.hasOwn(row, field.graph)),
  );
  if (missing.length === 0) return;
  throw new SyncError('findings', `Intune does not send ${missing.map(({ name }) => name).join(', ')}`, {
    findings: missing.map(({ name }) => ({
      code: 'fieldNotSent',
      message: `Intune does not send the field ${name}.`,
      todo: 'Take it out of `fields`, or see `intune-gate inventory fields`.',
      file: plan.source.file,
      ...lineOfField(plan, name),
    })),
  });
}

function lineOfField({ source: { mapping, lineOf } }: Plan, name: string): { line?: number } {
  const index = mapping.fields.findIndex((given) => given.toLowerCase() === name.toLowerCase());
  const line = lineOf(['fields', Math.max(0, index)]);
  return line === undefined ? {} : { line };
}
