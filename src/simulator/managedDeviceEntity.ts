/** A JSON value, mutable: the simulator's world is plain data that tests and the control routes change. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** Strings of the v1.0 entity that may be `null`, according to Graph's metadata. */
const NULLABLE_STRINGS = [
  'androidSecurityPatchLevel',
  'azureADDeviceId',
  'deviceCategoryDisplayName',
  'deviceName',
  'easDeviceId',
  'emailAddress',
  'imei',
  'jailBroken',
  'managedDeviceName',
  'manufacturer',
  'meid',
  'model',
  'operatingSystem',
  'osVersion',
  'phoneNumber',
  'serialNumber',
  'subscriberCarrier',
  'userDisplayName',
  'userId',
  'userPrincipalName',
  'wiFiMacAddress',
] as const;

type Defaults = typeof MANAGED_DEVICE_DEFAULTS;
type NullableString = (typeof NULLABLE_STRINGS)[number];

/** Every v1.0 property of Graph's managedDevice. */
export type ManagedDeviceEntity = {
  [K in keyof Defaults]: K extends NullableString
    ? string | null
    : Defaults[K] extends string | number | boolean
      ? Defaults[K]
      : JsonValue;
};

const NEVER = '0001-01-01T00:00:00Z';
const NO_DEADLINE = '9999-12-31T23:59:59Z';

/** One managed device as a list shows it, in the order the real service writes its properties, with the values it uses for "nothing". */
export const MANAGED_DEVICE_DEFAULTS = {
  id: '',
  userId: '',
  deviceName: '',
  managedDeviceOwnerType: 'company',
  enrolledDateTime: NEVER,
  lastSyncDateTime: NEVER,
  operatingSystem: 'Windows',
  complianceState: 'unknown',
  jailBroken: 'Unknown',
  managementAgent: 'mdm',
  osVersion: '10.0.26100.4351',
  easActivated: false,
  easDeviceId: '',
  easActivationDateTime: NEVER,
  azureADRegistered: true as JsonValue,
  deviceEnrollmentType: 'windowsAzureADJoin',
  activationLockBypassCode: null,
  emailAddress: '',
  azureADDeviceId: '',
  deviceRegistrationState: 'registered',
  deviceCategoryDisplayName: 'Unknown',
  isSupervised: false,
  exchangeLastSuccessfulSyncDateTime: NEVER,
  exchangeAccessState: 'none',
  exchangeAccessStateReason: 'none',
  remoteAssistanceSessionUrl: null,
  remoteAssistanceSessionErrorDetails: null,
  isEncrypted: false,
  userPrincipalName: '',
  model: '',
  manufacturer: '',
  imei: '',
  complianceGracePeriodExpirationDateTime: NO_DEADLINE,
  serialNumber: '',
  phoneNumber: '',
  androidSecurityPatchLevel: '',
  userDisplayName: '',
  configurationManagerClientEnabledFeatures: null,
  wiFiMacAddress: '',
  deviceHealthAttestationState: null,
  subscriberCarrier: '',
  meid: '',
  totalStorageSpaceInBytes: 0,
  freeStorageSpaceInBytes: 0,
  managedDeviceName: '',
  partnerReportedThreatState: 'unknown',
  requireUserEnrollmentApproval: null,
  managementCertificateExpirationDate: NEVER,
  managementState: 'managed',
  iccid: null,
  udid: null,
  notes: null,
  ethernetMacAddress: null,
  physicalMemoryInBytes: 0,
  enrollmentProfileName: null,
  deviceActionResults: [] as JsonValue,
};

/**
 * Properties whose true value is told only by a GET of one device that names them in `$select`. Everywhere else Graph gives the default
 * above, which is no fact about the device.
 */
export const SELECT_ONLY_PROPERTIES = [
  'activationLockBypassCode',
  'ethernetMacAddress',
  'notes',
  'iccid',
  'udid',
  'remoteAssistanceSessionUrl',
  'physicalMemoryInBytes',
] as const;

export type SelectOnlyProperty = (typeof SELECT_ONLY_PROPERTIES)[number];

/** Is this the name of a property of the v1.0 managedDevice? Letter case counts. */
export function isManagedDeviceProperty(name: string): name is keyof ManagedDeviceEntity {
  return Object.hasOwn(MANAGED_DEVICE_DEFAULTS, name);
}

export function isSelectOnlyProperty(name: string): name is SelectOnlyProperty {
  return (SELECT_ONLY_PROPERTIES as readonly string[]).includes(name);
}

/**
 * Why `value` cannot be this property's value, in words; `undefined` if it can. Enums take any string: what a client does with a word it
 * does not know is worth trying.
 */
export function propertyProblem(name: keyof ManagedDeviceEntity, value: unknown): string | undefined {
  const model = MANAGED_DEVICE_DEFAULTS[name];
  if (model === null || typeof model === 'object' || name === 'azureADRegistered') return undefined;
  if (value === null && (NULLABLE_STRINGS as readonly string[]).includes(name)) return undefined;
  return typeof value === typeof model ? undefined : `must be a ${typeof model}`;
}
