/**
 * A device id in canonical form: 36 characters, lower case, hyphenated, never all zeros. Only {@link parseGuid} makes one, so
 * whatever has this type may be put into a URL or compared with `===`.
 */
export type DeviceId = string & { readonly __brand: 'DeviceId' };

/** `intune`: managedDevice.id. `entra`: managedDevice.azureADDeviceId. `unknown`: a bare GUID that says nothing of its kind. */
export type DeviceIdKind = 'intune' | 'entra' | 'unknown';

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ALL_ZERO = '00000000-0000-0000-0000-000000000000';

/**
 * Reads a GUID in any letter case, with or without one pair of braces. The all-zero GUID is what Intune writes for "none" and would
 * match strangers, so it is no id.
 */
export function parseGuid(text: string): DeviceId | undefined {
  const bare = text.length === 38 && text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text;
  if (bare.length !== 36 || !GUID.test(bare)) return undefined;
  const canonical = bare.toLowerCase();
  return canonical === ALL_ZERO ? undefined : (canonical as DeviceId);
}
