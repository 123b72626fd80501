import { parseGuid, type DeviceId } from '../node/deviceId.ts';
import type { JsonValue, ManagedDevice } from '../node/managedDevice.ts';
import { isJsonObject } from './jsonObject.ts';

/** What the decision judges by; always asked for. */
export const JUDGED_PROPERTIES = [
  'id',
  'azureADDeviceId',
  'complianceState',
  'managementState',
  'deviceRegistrationState',
  'complianceGracePeriodExpirationDateTime',
  'lastSyncDateTime',
  'serialNumber',
  'userPrincipalName',
] as const;

export type ParsedDevice =
  | { readonly ok: true; readonly device: ManagedDevice }
  /** `problem` is in words and quotes nothing. */
  | { readonly ok: false; readonly problem: string };

/**
 * Pure: Graph's JSON of one managedDevice. Absent and null facts are undefined; a fact of the wrong type is a problem, because what
 * it should have said may be what forbids the login.
 */
export function parseManagedDevice(wire: JsonValue): ParsedDevice {
  if (!isJsonObject(wire)) return { ok: false, problem: 'a device is not a JSON object' };
  const id = guidAt(wire, 'id');
  if (id === undefined) return { ok: false, problem: 'a device has no usable id' };
  const complianceState = own(wire, 'complianceState');
  if (typeof complianceState !== 'string' || complianceState === '') {
    return { ok: false, problem: 'a device has no compliance state' };
  }
  for (const name of JUDGED_PROPERTIES) {
    const value = own(wire, name);
    if (value !== undefined && value !== null && typeof value !== 'string') {
      return { ok: false, problem: `${name} of a device is not text` };
    }
  }
  return {
    ok: true,
    device: {
      id,
      azureADDeviceId: guidAt(wire, 'azureADDeviceId'),
      complianceState,
      managementState: textAt(wire, 'managementState'),
      deviceRegistrationState: textAt(wire, 'deviceRegistrationState'),
      graceDeadline: dateAt(wire, 'complianceGracePeriodExpirationDateTime', 'endless is a date'),
      lastSync: dateAt(wire, 'lastSyncDateTime', 'endless is no date'),
      serialNumber: textAt(wire, 'serialNumber'),
      userPrincipalName: textAt(wire, 'userPrincipalName'),
      properties: copyOf(wire),
    },
  };
}

type Wire = Readonly<Record<string, JsonValue>>;

/** No prototype: a property called `__proto__` or `constructor` is a property like any other. */
function copyOf(wire: Wire): Wire {
  const copy = Object.create(null) as Record<string, JsonValue>;
  for (const [name, value] of Object.entries(wire)) copy[name] = value;
  return Object.freeze(copy);
}

function own(wire: Wire, name: string): JsonValue | undefined {
  return Object.hasOwn(wire, name) ? wire[name] : undefined;
}

function textAt(wire: Wire, name: string): string | undefined {
  const value = own(wire, name);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function guidAt(wire: Wire, name: string): DeviceId | undefined {
  const value = own(wire, name);
  return typeof value === 'string' ? parseGuid(value) : undefined;
}

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,12})?(?:Z|[+-]\d{2}:\d{2})$/;

function dateAt(
  wire: Wire,
  name: string,
  endless: 'endless is a date' | 'endless is no date',
): number | undefined {
  const value = own(wire, name);
  const [, year, month, day] = (typeof value === 'string' ? DATE_TIME.exec(value) : null) ?? [];
  if (typeof value !== 'string' || year === undefined) return undefined;
  // Year 1 means "never", whatever the time zone makes of it.
  if (Number(year) <= 1) return undefined;
  if (year === '9999' && endless === 'endless is no date') return undefined;
  // JavaScript reads 31 November as 1 December; a date that does not exist says nothing.
  if (new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() !== Number(day))
    return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}
