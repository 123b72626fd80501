/** What a managedDevice property holds, as far as writing it to shared state is concerned. */
interface PropertyFacts {
  readonly type: 'text' | 'flag' | 'integer' | 'date' | 'choice' | 'json';
  /** Says something about a person, or identifies one. Written only where a node asks for it by name or asks for all. */
  readonly personal?: true;
  /** Graph fills it only on a single read that names it; a plain read carries a meaningless default. */
  readonly onlyWhenNamed?: true;
  /** Opens a device or a session to whoever reads it: never written, never requested. */
  readonly secret?: true;
}

/**
 * The properties of Graph v1.0 `managedDevice`, each of which a node can write as `INTUNE_<property>`. A node that saves all
 * properties also writes those Microsoft adds later; a node that lists properties can list only these.
 */
export const MANAGED_DEVICE_PROPERTIES = {
  id: { type: 'text' },
  userId: { type: 'text', personal: true },
  deviceName: { type: 'text', personal: true },
  managedDeviceName: { type: 'text', personal: true },
  managedDeviceOwnerType: { type: 'choice' },
  managementState: { type: 'choice' },
  enrolledDateTime: { type: 'date' },
  lastSyncDateTime: { type: 'date' },
  operatingSystem: { type: 'text' },
  osVersion: { type: 'text' },
  complianceState: { type: 'choice' },
  complianceGracePeriodExpirationDateTime: { type: 'date' },
  jailBroken: { type: 'text' },
  managementAgent: { type: 'choice' },
  managementCertificateExpirationDate: { type: 'date' },
  easActivated: { type: 'flag' },
  easDeviceId: { type: 'text' },
  easActivationDateTime: { type: 'date' },
  azureADRegistered: { type: 'flag' },
  azureADDeviceId: { type: 'text' },
  deviceEnrollmentType: { type: 'choice' },
  deviceRegistrationState: { type: 'choice' },
  deviceCategoryDisplayName: { type: 'text' },
  deviceActionResults: { type: 'json' },
  deviceHealthAttestationState: { type: 'json' },
  configurationManagerClientEnabledFeatures: { type: 'json' },
  activationLockBypassCode: { type: 'text', onlyWhenNamed: true, secret: true },
  emailAddress: { type: 'text', personal: true },
  userPrincipalName: { type: 'text', personal: true },
  userDisplayName: { type: 'text', personal: true },
  phoneNumber: { type: 'text', personal: true },
  isSupervised: { type: 'flag' },
  isEncrypted: { type: 'flag' },
  exchangeLastSuccessfulSyncDateTime: { type: 'date' },
  exchangeAccessState: { type: 'choice' },
  exchangeAccessStateReason: { type: 'choice' },
  remoteAssistanceSessionUrl: { type: 'text', onlyWhenNamed: true, secret: true },
  remoteAssistanceSessionErrorDetails: { type: 'text' },
  requireUserEnrollmentApproval: { type: 'flag' },
  enrollmentProfileName: { type: 'text' },
  partnerReportedThreatState: { type: 'choice' },
  androidSecurityPatchLevel: { type: 'text' },
  model: { type: 'text' },
  manufacturer: { type: 'text' },
  serialNumber: { type: 'text' },
  imei: { type: 'text', personal: true },
  meid: { type: 'text', personal: true },
  iccid: { type: 'text', personal: true, onlyWhenNamed: true },
  udid: { type: 'text', onlyWhenNamed: true },
  subscriberCarrier: { type: 'text' },
  wiFiMacAddress: { type: 'text' },
  ethernetMacAddress: { type: 'text', onlyWhenNamed: true },
  totalStorageSpaceInBytes: { type: 'integer' },
  freeStorageSpaceInBytes: { type: 'integer' },
  physicalMemoryInBytes: { type: 'integer', onlyWhenNamed: true },
  notes: { type: 'text', personal: true, onlyWhenNamed: true },
} as const satisfies Record<string, PropertyFacts>;

export type ManagedDeviceProperty = keyof typeof MANAGED_DEVICE_PROPERTIES;

const SECRET_PROPERTIES: ReadonlySet<string> = new Set(
  Object.entries<PropertyFacts>(MANAGED_DEVICE_PROPERTIES)
    .filter(([, facts]) => facts.secret === true)
    .map(([name]) => name.toLowerCase()),
);

/** Results of device actions hold unlock codes and places (`deviceActionResults[].passcode`), and Microsoft adds properties. */
const SECRET_NAME =
  /(?:passcode|password|passphrase|pin|token|secret|bypasscode|recoverykey|devicelocation|sessionurl)$/;

/** True for properties, on top or inside others, that never leave the gate: they open a device or a session, or say where it is. */
export function isSecretProperty(name: string): boolean {
  const lower = name.toLowerCase();
  return SECRET_PROPERTIES.has(lower) || SECRET_NAME.test(lower);
}

/** The properties a node may name in a list: all but the secret ones. */
export const SAVEABLE_PROPERTIES = (Object.keys(MANAGED_DEVICE_PROPERTIES) as ManagedDeviceProperty[]).filter(
  (name) => !isSecretProperty(name),
);

/** The shared-state key of a property, as Ping's node names it. */
export function intuneKey(property: string): string {
  return `INTUNE_${property}`;
}

/** Keys that are not a device property. */
export const INSTALLED_APPS_KEY = 'INTUNE_INSTALLED_APPS';
export const ERROR_MESSAGE_KEY = 'INTUNE_ERROR_MESSAGE';
export const ERROR_STACKTRACE_KEY = 'INTUNE_ERROR_STACKTRACE';

/** Property names whose key would be one of ours; Graph has none of them today. */
export const RESERVED_PROPERTIES: ReadonlySet<string> = new Set(
  [INSTALLED_APPS_KEY, ERROR_MESSAGE_KEY, ERROR_STACKTRACE_KEY].map((key) => key.slice('INTUNE_'.length)),
);

/** The two keys of Ping's node, its spelling included; journeys built for it read these. */
export const PING_EXCEPTION_KEY = '[Microsoft Intune][Marketplace] Exception';
export const PING_STACKTRACE_KEY = '[Microsoft Intune][Marketplace] StackTracke';
