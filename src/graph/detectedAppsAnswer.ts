import type { DetectedApp, JsonValue } from '../node/managedDevice.ts';
import { isJsonObject, stringAt, type JsonObject } from './jsonObject.ts';

/** Pure: the rows of one page. A row without a name is left out; undefined if this is no list of apps at all. */
export function parseDetectedApps(body: JsonObject): readonly DetectedApp[] | undefined {
  const rows = rowsOf(body);
  if (rows === undefined || !rows.every((row) => isJsonObject(row))) return undefined;
  return rows.flatMap((row) => {
    const displayName = textAt(row, 'displayName');
    if (displayName === undefined) return [];
    return [{ displayName, version: textAt(row, 'version'), publisher: textAt(row, 'publisher') }];
  });
}

/** The `value` of a list answer. */
export function rowsOf(body: JsonObject): readonly JsonValue[] | undefined {
  const rows: unknown = Object.hasOwn(body, 'value') ? body['value'] : undefined;
  return Array.isArray(rows) ? (rows as readonly JsonValue[]) : undefined;
}

function textAt(row: JsonObject, key: string): string | undefined {
  const value = stringAt(row, key);
  return value === undefined || value.trim() === '' ? undefined : value;
}
