import { z } from 'zod';
import type { JsonValue, ManagedDevice } from '../node/managedDevice.ts';
import { PERSONAL, UNTRUSTED } from './marks.ts';

type FieldKind = 'text' | 'flag' | 'count' | 'date';

interface FieldFacts {
  /** Graph's name of it. */
  readonly from: string;
  readonly kind: FieldKind;
  /** What it is, with its unit. */
  readonly meaning: string;
  /** Says something about a person. */
  readonly personal?: true;
  /** Written by the device or its user. */
  readonly untrusted?: true;
  /** Graph tells it about one device only; in lists it is null. */
  readonly alone?: true;
}

/** Everything that is told about a device, by its name here. Dates are ISO 8601 in UTC; null where there is nothing to tell. */
export const DEVICE_FIELDS = {
  id: { from: 'id', kind: 'text', meaning: "Intune's id: what `device_id` means everywhere" },
  azure_ad_device_id: { from: 'azureADDeviceId', kind: 'text', meaning: "Entra's id (device.deviceId)" },
  device_name: { from: 'deviceName', kind: 'text', meaning: 'name of the device', untrusted: true },
  managed_device_name: {
    from: 'managedDeviceName',
    kind: 'text',
    meaning: 'name in Intune, often made of that of the user',
    personal: true,
    untrusted: true,
  },
  serial_number: { from: 'serialNumber', kind: 'text', meaning: 'serial number', untrusted: true },
  imei: { from: 'imei', kind: 'text', meaning: 'IMEI', personal: true, untrusted: true },
  meid: { from: 'meid', kind: 'text', meaning: 'MEID', personal: true, untrusted: true },
  iccid: {
    from: 'iccid',
    kind: 'text',
    meaning: 'ICCID of the SIM',
    personal: true,
    untrusted: true,
    alone: true,
  },
  udid: { from: 'udid', kind: 'text', meaning: "Apple's UDID", untrusted: true, alone: true },
  manufacturer: { from: 'manufacturer', kind: 'text', meaning: 'manufacturer', untrusted: true },
  model: { from: 'model', kind: 'text', meaning: 'model', untrusted: true },
  physical_memory_bytes: {
    from: 'physicalMemoryInBytes',
    kind: 'count',
    meaning: 'memory, bytes',
    alone: true,
  },
  operating_system: { from: 'operatingSystem', kind: 'text', meaning: 'operating system', untrusted: true },
  os_version: { from: 'osVersion', kind: 'text', meaning: 'its version', untrusted: true },
  android_security_patch_level: {
    from: 'androidSecurityPatchLevel',
    kind: 'text',
    meaning: 'patch level of Android, a date',
    untrusted: true,
  },
  jail_broken: { from: 'jailBroken', kind: 'text', meaning: '`True`, `False` or `Unknown`' },
  is_encrypted: { from: 'isEncrypted', kind: 'flag', meaning: 'storage is encrypted' },
  is_supervised: { from: 'isSupervised', kind: 'flag', meaning: "in Apple's supervised mode" },
  user_id: { from: 'userId', kind: 'text', meaning: "object id of the device's user" },
  user_display_name: {
    from: 'userDisplayName',
    kind: 'text',
    meaning: 'name of the user',
    personal: true,
    untrusted: true,
  },
  user_principal_name: {
    from: 'userPrincipalName',
    kind: 'text',
    meaning: 'user principal name',
    personal: true,
    untrusted: true,
  },
  email_address: {
    from: 'emailAddress',
    kind: 'text',
    meaning: 'mail address',
    personal: true,
    untrusted: true,
  },
  phone_number: {
    from: 'phoneNumber',
    kind: 'text',
    meaning: 'phone number',
    personal: true,
    untrusted: true,
  },
  compliance_state: { from: 'complianceState', kind: 'text', meaning: "Intune's compliance state" },
  compliance_grace_period_expires_at: {
    from: 'complianceGracePeriodExpirationDateTime',
    kind: 'date',
    meaning: 'end of the grace period',
  },
  partner_reported_threat_state: {
    from: 'partnerReportedThreatState',
    kind: 'text',
    meaning: 'what the threat defence partner says',
  },
  last_sync_at: { from: 'lastSyncDateTime', kind: 'date', meaning: 'last check-in with Intune' },
  enrolled_at: { from: 'enrolledDateTime', kind: 'date', meaning: 'enrolment' },
  enrollment_type: { from: 'deviceEnrollmentType', kind: 'text', meaning: 'kind of enrolment' },
  enrollment_profile_name: {
    from: 'enrollmentProfileName',
    kind: 'text',
    meaning: 'profile of the enrolment',
    untrusted: true,
  },
  owner_type: { from: 'managedDeviceOwnerType', kind: 'text', meaning: '`company` or `personal`' },
  management_state: { from: 'managementState', kind: 'text', meaning: 'managed, or on its way out' },
  management_agent: { from: 'managementAgent', kind: 'text', meaning: 'who manages it' },
  management_certificate_expires_at: {
    from: 'managementCertificateExpirationDate',
    kind: 'date',
    meaning: 'end of its management certificate',
  },
  registration_state: { from: 'deviceRegistrationState', kind: 'text', meaning: 'registration' },
  azure_ad_registered: { from: 'azureADRegistered', kind: 'flag', meaning: 'registered in Entra' },
  category: { from: 'deviceCategoryDisplayName', kind: 'text', meaning: 'category', untrusted: true },
  total_storage_bytes: { from: 'totalStorageSpaceInBytes', kind: 'count', meaning: 'storage, bytes' },
  free_storage_bytes: { from: 'freeStorageSpaceInBytes', kind: 'count', meaning: 'free storage, bytes' },
  wifi_mac_address: {
    from: 'wiFiMacAddress',
    kind: 'text',
    meaning: 'MAC address of Wi-Fi',
    untrusted: true,
  },
  ethernet_mac_address: {
    from: 'ethernetMacAddress',
    kind: 'text',
    meaning: 'MAC address of Ethernet',
    untrusted: true,
    alone: true,
  },
  subscriber_carrier: { from: 'subscriberCarrier', kind: 'text', meaning: 'mobile carrier', untrusted: true },
  notes: {
    from: 'notes',
    kind: 'text',
    meaning: 'notes of administrators',
    personal: true,
    untrusted: true,
    alone: true,
  },
} as const satisfies Record<string, FieldFacts>;

type FieldName = keyof typeof DEVICE_FIELDS;

/** A device as operations tell it. */
export type DeviceRecord = { readonly [N in FieldName]: string | number | boolean | null };

const FIELDS = Object.entries<FieldFacts>(DEVICE_FIELDS) as [FieldName, FieldFacts][];

/** What a list asks Graph for. */
export const LISTED_PROPERTIES: readonly string[] = FIELDS.filter(([, { alone }]) => alone !== true).map(
  ([, { from }]) => from,
);

/** What is asked about one device. */
export const DEVICE_PROPERTIES: readonly string[] = FIELDS.map(([, { from }]) => from);

const KINDS = { text: z.string(), flag: z.boolean(), count: z.int(), date: z.iso.datetime() } as const;

export const deviceRecordSchema = z
  .strictObject(
    Object.fromEntries(
      FIELDS.map(([name, { kind, meaning, personal, untrusted, alone }]) => [
        name,
        KINDS[kind].nullable().meta({
          description: `${meaning}${alone === true ? '; null in lists' : ''}`,
          ...(personal === true ? { [PERSONAL]: true } : {}),
          ...(untrusted === true ? { [UNTRUSTED]: true } : {}),
        }),
      ]),
    ),
  )
  .describe('One managed device.');

/** Pure. `listed`: the device comes from a list, where some properties hold defaults that are no facts. */
export function describeDevice({ properties }: ManagedDevice, listed: boolean): DeviceRecord {
  return Object.fromEntries(
    FIELDS.map(([name, { from, kind, alone }]) => [
      name,
      alone === true && listed
        ? null
        : valueOf(kind, Object.hasOwn(properties, from) ? properties[from] : undefined),
    ]),
  ) as DeviceRecord;
}

function valueOf(kind: FieldKind, value: JsonValue | undefined): string | number | boolean | null {
  switch (kind) {
    case 'text':
      return typeof value === 'string' && value.trim() !== '' ? value : null;
    case 'flag':
      return typeof value === 'boolean' ? value : null;
    case 'count':
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
    case 'date':
      return dateOf(value);
  }
}

/** Years 1 and 9999 are Graph's words for never. */
function dateOf(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  const time = Date.parse(value);
  if (Number.isNaN(time)) return null;
  const date = new Date(time);
  return date.getUTCFullYear() <= 1 || date.getUTCFullYear() >= 9999 ? null : date.toISOString();
}
