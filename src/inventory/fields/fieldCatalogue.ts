import type { Field, FieldType } from './field.ts';

type Traits = Partial<Omit<Field, 'name' | 'graph' | 'type'>>;

const field = (name: string, graph: string, type: FieldType, traits: Traits = {}): Field => ({
  name,
  graph,
  type,
  personal: false,
  identifier: 'no',
  restless: false,
  onlyById: false,
  ...traits,
});

const PERSONAL = { personal: true } as const;
const ONLY_BY_ID = { onlyById: true } as const;
const RESTLESS = { restless: true } as const;

/** Every property of Graph's managedDevice (v1.0) that is a plain value, under the documentation's name and its own. */
export const FIELDS: readonly Field[] = [
  field('Id', 'id', 'text', { identifier: 'yes' }),
  field('DeviceName', 'deviceName', 'text'),
  field('ManagedDeviceName', 'managedDeviceName', 'text'),
  field('SerialNumber', 'serialNumber', 'text', { identifier: 'ifUnique' }),
  field('IMEI', 'imei', 'text', { identifier: 'phonesOnly' }),
  field('MEID', 'meid', 'text', { identifier: 'phonesOnly' }),
  field('AzureADDeviceId', 'azureADDeviceId', 'text', { identifier: 'ifUnique' }),
  field('UDID', 'udid', 'text', { identifier: 'ifUnique', ...ONLY_BY_ID }),
  field('ICCID', 'iccid', 'text', ONLY_BY_ID),
  field('Manufacturer', 'manufacturer', 'text'),
  field('Model', 'model', 'text'),
  field('OperatingSystem', 'operatingSystem', 'text'),
  field('OSVersion', 'osVersion', 'text'),
  field('AndroidSecurityPatchLevel', 'androidSecurityPatchLevel', 'text'),
  field('ComplianceState', 'complianceState', 'text'),
  field('ComplianceGracePeriodExpiration', 'complianceGracePeriodExpirationDateTime', 'date'),
  field('JailBroken', 'jailBroken', 'text'),
  field('IsEncrypted', 'isEncrypted', 'boolean'),
  field('IsSupervised', 'isSupervised', 'boolean'),
  field('PartnerReportedThreatState', 'partnerReportedThreatState', 'text'),
  field('OwnerType', 'managedDeviceOwnerType', 'text'),
  field('DeviceCategory', 'deviceCategoryDisplayName', 'text'),
  field('ManagementAgent', 'managementAgent', 'text'),
  field('ManagementState', 'managementState', 'text'),
  field('DeviceEnrollmentType', 'deviceEnrollmentType', 'text'),
  field('DeviceRegistrationState', 'deviceRegistrationState', 'text'),
  field('EnrollmentProfileName', 'enrollmentProfileName', 'text'),
  field('AzureADRegistered', 'azureADRegistered', 'boolean'),
  field('RequireUserEnrollmentApproval', 'requireUserEnrollmentApproval', 'boolean'),
  field('EnrolledDateTime', 'enrolledDateTime', 'date'),
  field('LastSyncDateTime', 'lastSyncDateTime', 'date', RESTLESS),
  field('ManagementCertificateExpiration', 'managementCertificateExpirationDate', 'date', RESTLESS),
  field('TotalStorageBytes', 'totalStorageSpaceInBytes', 'number', { unit: 'bytes' }),
  field('FreeStorageBytes', 'freeStorageSpaceInBytes', 'number', { unit: 'bytes', ...RESTLESS }),
  field('PhysicalMemoryBytes', 'physicalMemoryInBytes', 'number', { unit: 'bytes', ...ONLY_BY_ID }),
  field('WiFiMacAddress', 'wiFiMacAddress', 'text'),
  field('EthernetMacAddress', 'ethernetMacAddress', 'text', ONLY_BY_ID),
  field('SubscriberCarrier', 'subscriberCarrier', 'text'),
  field('EasActivated', 'easActivated', 'boolean'),
  field('EasDeviceId', 'easDeviceId', 'text'),
  field('EasActivationDateTime', 'easActivationDateTime', 'date'),
  field('ExchangeAccessState', 'exchangeAccessState', 'text'),
  field('ExchangeAccessStateReason', 'exchangeAccessStateReason', 'text'),
  field('ExchangeLastSuccessfulSync', 'exchangeLastSuccessfulSyncDateTime', 'date', RESTLESS),
  field('RemoteAssistanceSessionErrorDetails', 'remoteAssistanceSessionErrorDetails', 'text'),
  field('UserId', 'userId', 'text', PERSONAL),
  field('UserPrincipalName', 'userPrincipalName', 'text', PERSONAL),
  field('UserDisplayName', 'userDisplayName', 'text', PERSONAL),
  field('EmailAddress', 'emailAddress', 'text', PERSONAL),
  field('PhoneNumber', 'phoneNumber', 'text', PERSONAL),
  field('Notes', 'notes', 'text', { ...PERSONAL, ...ONLY_BY_ID }),
];

/** What is read whether or not it was chosen: which device it is, whether it was seen lately, and whether it is being removed. */
export const NEEDED_FIELDS = ['id', 'lastSyncDateTime', 'managementState'] as const;

/**
 * Left out on purpose. Activation lock codes and links into remote sessions are secrets; the rest is no plain value.
 */
export const FIELDS_NOT_COPIED: readonly string[] = [
  'activationLockBypassCode',
  'remoteAssistanceSessionUrl',
  'configurationManagerClientEnabledFeatures',
  'deviceHealthAttestationState',
  'deviceActionResults',
];

/** Other words for fields that people know them by. */
const ALSO_CALLED: Readonly<Record<string, string>> = {
  intunedeviceid: 'id',
  deviceid: 'id',
  manageddeviceid: 'id',
  serialno: 'serialNumber',
  freestoragespacebytes: 'freeStorageSpaceInBytes',
  totalstoragespacebytes: 'totalStorageSpaceInBytes',
  compliancegraceperiodexpirationdate: 'complianceGracePeriodExpirationDateTime',
  manageddeviceownership: 'managedDeviceOwnerType',
  devicecategoryname: 'deviceCategoryDisplayName',
};

const BY_NAME: ReadonlyMap<string, Field> = new Map([
  ...FIELDS.flatMap((one) => [
    [one.name.toLowerCase(), one] as const,
    [one.graph.toLowerCase(), one] as const,
  ]),
  ...Object.entries(ALSO_CALLED).flatMap(([alias, graph]) => {
    const one = FIELDS.find((candidate) => candidate.graph === graph);
    return one === undefined ? [] : [[alias, one] as const];
  }),
]);

/** The field of this name, the documentation's or Graph's, in any letter case. */
export function findField(name: string): Field | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** Every name a field can be written by, lower case. */
export function namesOfField(wanted: Field): readonly string[] {
  return [...BY_NAME].flatMap(([name, one]) => (one === wanted ? [name] : []));
}
