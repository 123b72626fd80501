import { intuneKey, isSecretProperty, RESERVED_PROPERTIES } from './intuneKeys.ts';
import type { Scrub } from './scrub.ts';
import type { StateEntries } from './stateEntries.ts';

/** Which properties to write: none, all that were read, or these. */
export type SavedProperties = 'off' | 'all' | readonly string[];

/**
 * A managed device as shared-state entries: `INTUNE_<property>` as text, the way Ping's node writes them.
 *
 * @param properties - the top-level properties of the device as Graph returned them
 * @param scrub - takes the gate's own secrets out, should anybody have named a device after one
 */
export function deviceEntries(
  properties: Readonly<Record<string, unknown>>,
  saved: SavedProperties,
  scrub: Scrub,
): StateEntries {
  if (saved === 'off') return {};
  const names = saved === 'all' ? Object.keys(properties) : saved;
  const entries: Record<string, string> = {};
  for (const name of names) {
    if (isSecretProperty(name) || RESERVED_PROPERTIES.has(name) || !Object.hasOwn(properties, name)) continue;
    const text = entryText(properties[name]);
    // Shared state travels with the client; nothing Graph documents is nearly this long.
    if (text !== undefined && text.length <= LONGEST_ENTRY) entries[intuneKey(name)] = scrub(text);
  }
  return entries;
}

const LONGEST_ENTRY = 8_192;

function withoutSecrets(key: string, value: unknown): unknown {
  return isSecretProperty(key) ? undefined : value;
}

/** Text as it is unless blank; flags and whole numbers in decimal; lists and objects as JSON; null and fractions not at all. */
function entryText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.trim() === '' ? undefined : value;
    case 'boolean':
      return String(value);
    case 'number':
      return Number.isInteger(value) ? BigInt(value).toString() : undefined;
    case 'object':
      return value === null ? undefined : JSON.stringify(value, withoutSecrets);
    default:
      return undefined;
  }
}
