import { MANAGED_DEVICE_DEFAULTS } from './managedDeviceEntity.ts';
import type { JsonValue, ManagedDeviceEntity, SelectOnlyProperty } from './managedDeviceEntity.ts';

/** One row of Intune's app inventory, as Graph writes it. */
export interface DetectedAppRow {
  id: string;
  displayName: string;
  version: string;
  sizeInByte: number;
  deviceCount: number;
  publisher: string;
  platform: string;
}

/** One setting of one compliance policy on one device. */
export interface SettingStateRow {
  setting: string;
  settingName: null;
  instanceDisplayName: string | null;
  state: string;
  errorCode: number;
  errorDescription: string | null;
  currentValue: string | null;
  sources: { id: string; displayName: string; sourceType: string }[];
  userId: string;
  userName: string;
  userEmail: string;
  userPrincipalName: string;
}

/** One compliance policy for one user on one device. The real service repeats `id` for each user of a policy, and so does this one. */
export interface PolicyStateRow {
  id: string;
  displayName: string;
  platformType: string;
  settingCount: number;
  state: string;
  version: number;
  userId: string;
  userPrincipalName: string;
  /** Never told inline; only by the settingStates route. */
  settingStates: SettingStateRow[];
}

/** A managed device of the simulated tenant. */
export interface SimulatedDevice {
  /** What this device is there to show, for humans. */
  note: string;
  /** The v1.0 entity as lists show it. */
  properties: ManagedDeviceEntity;
  /** True values of the properties that only a GET with `$select` tells. */
  selectOnly: { [K in SelectOnlyProperty]?: JsonValue };
  detectedApps: DetectedAppRow[];
  policyStates: PolicyStateRow[];
}

/** A device in Entra's directory. */
export interface SimulatedEntraDevice {
  /** Object id. Not the id that certificates and Intune use. */
  id: string;
  /** What Intune calls azureADDeviceId. */
  deviceId: string;
  displayName: string;
  accountEnabled: boolean;
  isCompliant: boolean | null;
  isManaged: boolean | null;
  complianceExpirationDateTime: string | null;
  mdmAppId: string | null;
  managementType: string | null;
  operatingSystem: string;
  operatingSystemVersion: string;
  profileType: string;
  trustType: string;
  approximateLastSignInDateTime: string | null;
}

/** Milliseconds since 1970 as Graph writes dates: whole seconds, `Z`. */
export function graphDate(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** A device with Graph's defaults for everything that is not given. Shares nothing with other devices. */
export function createSimulatedDevice(seed: {
  note: string;
  properties: Partial<ManagedDeviceEntity>;
  selectOnly?: SimulatedDevice['selectOnly'];
  detectedApps?: DetectedAppRow[];
  policyStates?: PolicyStateRow[];
}): SimulatedDevice {
  return {
    note: seed.note,
    properties: { ...MANAGED_DEVICE_DEFAULTS, deviceActionResults: [], ...seed.properties },
    selectOnly: { ...seed.selectOnly },
    detectedApps: seed.detectedApps ?? [],
    policyStates: seed.policyStates ?? [],
  };
}

/** The Entra record that belongs to a managed device; `undefined` if the device is not registered in Entra. */
export function entraDeviceFor(
  device: SimulatedDevice,
  overrides: Partial<SimulatedEntraDevice> = {},
): SimulatedEntraDevice | undefined {
  const { azureADDeviceId, complianceState, deviceName, operatingSystem, osVersion, lastSyncDateTime } =
    device.properties;
  if (azureADDeviceId === null || /^[0-]*$/.test(azureADDeviceId)) return undefined;
  return {
    // The object id differs from deviceId on purpose: confusing them is a common mistake.
    id: `0b1ec7${azureADDeviceId.slice(6)}`,
    deviceId: azureADDeviceId,
    displayName: deviceName ?? '',
    accountEnabled: true,
    isCompliant:
      complianceState === 'unknown' ? null : ['compliant', 'inGracePeriod'].includes(complianceState),
    isManaged: true,
    complianceExpirationDateTime: null,
    mdmAppId: '0000000a-0000-0000-c000-000000000000',
    managementType: 'MDM',
    operatingSystem: operatingSystem ?? '',
    operatingSystemVersion: osVersion ?? '',
    profileType: 'RegisteredDevice',
    trustType: 'AzureAd',
    approximateLastSignInDateTime: lastSyncDateTime,
    ...overrides,
  };
}
