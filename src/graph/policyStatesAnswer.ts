import { rowsOf } from './detectedAppsAnswer.ts';
import { isJsonObject, stringAt, type JsonObject } from './jsonObject.ts';

/** A policy of a device, without its settings. */
export interface PolicyRow {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/** A setting of a policy. */
export interface SettingRow {
  readonly setting: string;
  readonly state: string;
}

/** States of policies and settings that keep no device from being compliant. */
const IN_ORDER: ReadonlySet<string> = new Set(['compliant', 'remediated', 'notApplicable', 'notAssigned']);

/** Whatever is not known to be in order may be what is wrong. */
export function isInOrder(state: string): boolean {
  return IN_ORDER.has(state);
}

/** Pure: the policies of one page; in words why it is no such page. */
export function parsePolicyRows(body: JsonObject): readonly PolicyRow[] | string {
  return parseRows(body, (row) => {
    const id = stringAt(row, 'id');
    const state = stringAt(row, 'state');
    if (id === undefined || id === '' || state === undefined) return undefined;
    return { id, state, name: stringAt(row, 'displayName') ?? '' };
  });
}

/** Pure: the settings of one page; in words why it is no such page. */
export function parseSettingRows(body: JsonObject): readonly SettingRow[] | string {
  return parseRows(body, (row) => {
    const setting = stringAt(row, 'setting');
    const state = stringAt(row, 'state');
    return setting === undefined || setting === '' || state === undefined ? undefined : { setting, state };
  });
}

function parseRows<T>(body: JsonObject, parse: (row: JsonObject) => T | undefined): readonly T[] | string {
  const rows = rowsOf(body);
  if (rows === undefined) return 'the answer is no list of policy states';
  const parsed = rows.map((row) => (isJsonObject(row) ? parse(row) : undefined));
  const whole = parsed.filter((row) => row !== undefined);
  return whole.length === rows.length ? whole : 'a policy state has no id, setting or state';
}
