import { commonNames, parseDistinguishedName } from '../tls/distinguishedName.ts';
import { parseGuid, type DeviceId } from './deviceId.ts';

/** Longest value that is looked at, in characters. */
const LONGEST_VALUE = 2_048;

/** What a value that should name a device turned out to be. */
export type PresentedValue =
  | { readonly is: 'absent' }
  | { readonly is: 'id'; readonly id: DeviceId }
  | { readonly is: 'malformed'; readonly detail: string };

const ABSENT: PresentedValue = { is: 'absent' };

/**
 * Reads what a header or a shared-state entry holds: a bare GUID, a name with exactly one CN that is a GUID, or a list with one such
 * element (as a list, or as the JSON text `["…"]` that PingAM makes of one). Null, blank and an empty list are nothing presented;
 * everything else is malformed. The detail never repeats the value, which may be anything.
 */
export function parsePresentedId(value: unknown): PresentedValue {
  if (value === undefined || value === null) return ABSENT;
  if (Array.isArray(value)) return parseList(value);
  if (typeof value !== 'string') return malformed('it is not text');
  if (value.length > LONGEST_VALUE) return malformed('it is too long');
  // Only what HTTP itself allows around a value; a line break or a no-break space is not padding.
  const text = value.replace(/^[ \t]+|[ \t]+$/g, '');
  if (text === '') return ABSENT;
  if (text.startsWith('[')) return parseListText(text);
  const guid = parseGuid(text);
  if (guid !== undefined) return { is: 'id', id: guid };
  return text.includes('=') ? parseName(text) : malformed('it is neither a GUID nor a name');
}

function parseList(list: readonly unknown[]): PresentedValue {
  if (list.length === 0) return ABSENT;
  if (list.length > 1) return malformed('it holds more than one value');
  return Array.isArray(list[0]) ? malformed('it is a list in a list') : parsePresentedId(list[0]);
}

function parseListText(text: string): PresentedValue {
  try {
    const list: unknown = JSON.parse(text);
    const [first] = Array.isArray(list) ? (list as unknown[]) : [];
    // One level only: text that holds text that holds a list is nobody's format.
    if (typeof first === 'string' && first.trimStart().startsWith('['))
      return malformed('it is a list in a list');
    return Array.isArray(list) ? parseList(list) : malformed('it is not a list');
  } catch {
    return malformed('it is not a list');
  }
}

function parseName(text: string): PresentedValue {
  const name = parseDistinguishedName(text);
  if (name === undefined) return malformed('it is not a well-formed name');
  const [commonName, ...others] = commonNames(name);
  if (commonName === undefined) return malformed('the name has no CN');
  if (others.length > 0) return malformed('the name has more than one CN');
  const id = parseGuid(commonName);
  return id === undefined ? malformed('the CN is not a GUID') : { is: 'id', id };
}

function malformed(detail: string): PresentedValue {
  return { is: 'malformed', detail };
}
