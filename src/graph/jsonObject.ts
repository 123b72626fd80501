import type { JsonValue } from '../node/managedDevice.ts';
import { parseStrictJson } from '../strictJson.ts';

export type JsonObject = { readonly [key: string]: JsonValue };

/** Our JSON came from `JSON.parse`, so whatever is an object and no array holds JSON values. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Undefined for anything that is not JSON with an object on top, and for JSON that two readers could read differently: an answer with a
 * key twice says two things. Never throws.
 */
export function parseJsonObject(text: string): JsonObject | undefined {
  // Whatever Microsoft calls its properties: everything here reads own properties only.
  const parsed = parseStrictJson(text, 'keep');
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
}

/** An own string property, or undefined. */
export function stringAt(object: JsonObject, key: string): string | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
