import { MANAGED_DEVICE_DEFAULTS } from './managedDeviceEntity.ts';
import { createSimulatedDevice, graphDate } from './simulatedDevice.ts';
import type { ManagedDeviceEntity } from './managedDeviceEntity.ts';
import type { SimulatedDevice } from './simulatedDevice.ts';

/** What the devices of a fleet are worked out from. */
export interface FleetFacts {
  /** Milliseconds since 1970; the dates of the devices are relative to it. */
  readonly createdAt: number;
  readonly tenant: { readonly domain: string };
}

/** Six digits in a name: beyond them the order of names would not be the order of numbers. */
export const LARGEST_FLEET = 999_999;

const STATES = [
  'compliant',
  'noncompliant',
  'inGracePeriod',
  'configManager',
  'conflict',
  'unknown',
  'error',
];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NO_DEADLINE = MANAGED_DEVICE_DEFAULTS.complianceGracePeriodExpirationDateTime;

type Properties = { readonly [K in keyof ManagedDeviceEntity]?: Property<ManagedDeviceEntity[K]> };
type Property<T> = (number: number, facts: FleetFacts) => T;

const stateOf = (number: number): string => STATES[(number - 1) % STATES.length] ?? 'unknown';
const userOf = (number: number, { tenant }: FleetFacts): string =>
  `fleet${digitsOf(number)}@${tenant.domain}`;

/** Everything in which device number n of a fleet differs from Graph's defaults. Each one alone, so that a filter pays for what it reads. */
const PROPERTIES: Properties = {
  id: (number) => fleetId('c', number),
  userId: (number) => fleetId('b', number),
  deviceName: (number) => fleetName(number),
  enrolledDateTime: (_, { createdAt }) => graphDate(createdAt - 100 * DAY),
  lastSyncDateTime: (number, { createdAt }) => graphDate(createdAt - (number % 48) * HOUR),
  complianceState: stateOf,
  emailAddress: userOf,
  azureADDeviceId: (number) => fleetId('a', number),
  isEncrypted: (number) => stateOf(number) === 'compliant',
  userPrincipalName: userOf,
  model: () => 'Surface Laptop 7',
  manufacturer: () => 'Microsoft Corporation',
  complianceGracePeriodExpirationDateTime: (number, { createdAt }) => {
    const state = stateOf(number);
    if (state === 'inGracePeriod') return graphDate(createdAt + 3 * DAY);
    return state === 'noncompliant' ? graphDate(createdAt - 14 * DAY) : NO_DEADLINE;
  },
  serialNumber: (number) => `FLEET-SN-${digitsOf(number)}`,
  userDisplayName: (number) => `Fleet ${digitsOf(number)}`,
  totalStorageSpaceInBytes: () => 254_000_000_000,
  freeStorageSpaceInBytes: (number) => 100_000_000_000 + number,
  managementCertificateExpirationDate: (_, { createdAt }) => graphDate(createdAt + 265 * DAY),
};
const VARYING = Object.entries(PROPERTIES) as [keyof ManagedDeviceEntity, Property<never>][];

/** Device number `number`, made anew. Deterministic and distinguishable: it is named `FLEET-<number>`, and the compliance states take turns. */
export function fleetDevice(number: number, facts: FleetFacts): SimulatedDevice {
  const properties: Partial<Record<keyof ManagedDeviceEntity, unknown>> = {};
  for (const [name, property] of VARYING) properties[name] = property(number, facts);
  return createSimulatedDevice({
    note: `fleet device ${number}, ${stateOf(number)}`,
    properties: properties as Partial<ManagedDeviceEntity>,
    selectOnly: { physicalMemoryInBytes: 17_179_869_184 },
  });
}

/** One property of device number `number`, without making the rest of it. */
export function fleetProperty<K extends keyof ManagedDeviceEntity>(
  name: K,
  number: number,
  facts: FleetFacts,
): ManagedDeviceEntity[K] {
  const property: Property<ManagedDeviceEntity[K]> | undefined = PROPERTIES[name];
  return property === undefined ? MANAGED_DEVICE_DEFAULTS[name] : property(number, facts);
}

export function fleetName(number: number): string {
  return `FLEET-${digitsOf(number)}`;
}

/** `c`: managedDevice.id; `a`: azureADDeviceId; `b`: userId. */
export function fleetId(letter: 'a' | 'b' | 'c', number: number): string {
  return `${letter}f000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** The number in an id of the fleet, lower case; `undefined` if it is not such an id. */
export function fleetNumber(letter: 'a' | 'b' | 'c', id: string): number | undefined {
  if (id.length !== 36 || !id.startsWith(`${letter}f000000-0000-4000-8000-`)) return undefined;
  const number = Number.parseInt(id.slice(24), 16);
  return number > 0 && number <= LARGEST_FLEET ? number : undefined;
}

function digitsOf(number: number): string {
  return String(number).padStart(6, '0');
}
