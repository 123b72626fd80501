import { parseGuid, type DeviceId } from './deviceId.ts';

/** What a SAN URI says about devices. `none`: it is about something else. */
export type SanUriDeviceIds =
  | { readonly is: 'none' }
  | { readonly is: 'ids'; readonly ids: readonly DeviceId[] }
  | { readonly is: 'malformed'; readonly detail: string };

/** Longest URI that is looked at, in characters. */
const LONGEST_URI = 2_048;

/** Microsoft's recommendation, and the two forms that Cisco ISE reads. Go lower-cases the scheme, so the letter case says nothing. */
const DEVICE_ID_FORM = /^(?:IntuneDeviceId:\/\/|ID:(?:Microsoft Endpoint Manager|Intune):GUID:)/i;

/** Begins like one of the forms without being one: a slip like that must not leave the word to the CN. */
const ALMOST_A_FORM = /^\s*(?:IntuneDeviceId|ID:\s*(?:Microsoft Endpoint Manager|Intune)\s*:)/i;

/** Intune adds the security identifier of the account by itself, to the same URI after a comma or as one of its own. It has a comma inside. */
const SECURITY_IDENTIFIER = ['tag:microsoft.com', /^2022-09-14:sid:S-1(?:-\d{1,20}){1,15}$/i] as const;

/**
 * Reads the device ids of one SAN URI: one form, or several things joined with commas as Intune does. The whole URI must be understood:
 * an id beside something unknown is malformed, since the unknown thing may be what a person could choose.
 */
export function readSanUri(uri: string): SanUriDeviceIds {
  if (uri.length > LONGEST_URI) {
    return ALMOST_A_FORM.test(uri) ? malformed('a SAN URI with a device id is too long') : { is: 'none' };
  }
  const parts = withoutSecurityIdentifiers(uri.split(','));
  if (!parts.some((part) => DEVICE_ID_FORM.test(part))) {
    return ALMOST_A_FORM.test(uri) ? malformed('a SAN URI is almost one with a device id') : { is: 'none' };
  }
  const ids: DeviceId[] = [];
  for (const part of parts) {
    const form = DEVICE_ID_FORM.exec(part)?.[0];
    if (form === undefined) return malformed('a SAN URI with a device id holds something else, too');
    const text = part.slice(form.length);
    const id = parseGuid(form.endsWith('//') ? text.replace(/\/$/, '') : text);
    if (id === undefined) return malformed('the device id of a SAN URI is not a GUID');
    ids.push(id);
  }
  return { is: 'ids', ids };
}

function withoutSecurityIdentifiers(parts: readonly string[]): readonly string[] {
  const [tag, identifier] = SECURITY_IDENTIFIER;
  const begins = (index: number): boolean =>
    parts[index]?.toLowerCase() === tag && identifier.test(parts[index + 1] ?? '');
  return parts.filter((_, index) => !begins(index) && !begins(index - 1));
}

function malformed(detail: string): SanUriDeviceIds {
  return { is: 'malformed', detail };
}
