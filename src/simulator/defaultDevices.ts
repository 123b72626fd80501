import { deviceIds } from './deviceIds.ts';
import { createDetectedApps } from './detectedAppRows.ts';
import { createPolicyStates } from './policyStateRows.ts';
import { createSimulatedDevice, entraDeviceFor, graphDate } from './simulatedDevice.ts';
import type { ManagedDeviceEntity } from './managedDeviceEntity.ts';
import type { DetectedAppRow, SimulatedDevice, SimulatedEntraDevice } from './simulatedDevice.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface DeviceSeed {
  readonly id: string;
  readonly note: string;
  readonly complianceState: string;
  /** Whatever differs from an everyday Windows device. */
  readonly properties?: Partial<ManagedDeviceEntity>;
  readonly apps?: DetectedAppRow[];
  /** Settings that are not compliant, by their Graph name. */
  readonly failing?: readonly string[];
  readonly entra?: Partial<SimulatedEntraDevice>;
}

/** One device for every case a gate has to tell apart. Ids never change; dates are relative to `now`, milliseconds since 1970. */
export function createDefaultDevices(options: { now: number; domain: string }): {
  devices: SimulatedDevice[];
  entraDevices: SimulatedEntraDevice[];
} {
  const devices: SimulatedDevice[] = [];
  const entraDevices = new Map<string, SimulatedEntraDevice>();
  deviceSeeds(options.now, options.domain).forEach((seed, index) => {
    const device = deviceFromSeed(seed, index + 1, options);
    devices.push(device);
    const entra = entraDeviceFor(device, seed.entra);
    // Of several rows with one Entra id the first describes the record.
    if (entra !== undefined && !entraDevices.has(entra.deviceId)) entraDevices.set(entra.deviceId, entra);
  });
  return { devices, entraDevices: [...entraDevices.values()] };
}

function deviceSeeds(now: number, domain: string): DeviceSeed[] {
  return [
    {
      id: deviceIds.compliant,
      note: 'compliant; complete in every property; its user is acarter',
      complianceState: 'compliant',
      apps: createDetectedApps(6),
      properties: {
        deviceName: 'LAPTOP-ACARTER',
        userId: 'b0000001-0000-4000-8000-000000000001',
        userPrincipalName: `acarter@${domain}`,
        emailAddress: `acarter@${domain}`,
        userDisplayName: 'Alex Carter',
        phoneNumber: '********123',
        deviceCategoryDisplayName: 'Office',
        wiFiMacAddress: '00155D0A0B0C',
        deviceActionResults: [
          {
            actionName: 'syncDevice',
            actionState: 'done',
            startDateTime: graphDate(now - 3 * HOUR),
            lastUpdatedDateTime: graphDate(now - 2 * HOUR),
          },
        ],
      },
    },
    {
      id: deviceIds.noncompliant,
      note: 'noncompliant: BitLocker is off and the system is too old',
      complianceState: 'noncompliant',
      properties: { isEncrypted: false, osVersion: '10.0.19044.3693' },
      apps: createDetectedApps(3),
      failing: ['Windows10CompliancePolicy.BitLockerEnabled', 'Windows10CompliancePolicy.OsMinimumVersion'],
    },
    {
      id: deviceIds.inGracePeriod,
      note: 'inGracePeriod; the deadline is three days away when the world is made',
      complianceState: 'inGracePeriod',
      properties: { complianceGracePeriodExpirationDateTime: graphDate(now + 3 * DAY) },
      failing: ['Windows10CompliancePolicy.FirewallRequired'],
    },
    {
      id: deviceIds.configManager,
      note: 'configManager: Intune is not the authority',
      complianceState: 'configManager',
      properties: {
        managementAgent: 'configurationManagerClientMdm',
        deviceEnrollmentType: 'windowsCoManagement',
      },
    },
    { id: deviceIds.conflict, note: 'conflict: two policies disagree', complianceState: 'conflict' },
    { id: deviceIds.unknown, note: 'unknown: just enrolled, not evaluated', complianceState: 'unknown' },
    { id: deviceIds.error, note: "error: the device's own state", complianceState: 'error' },
    {
      id: deviceIds.graceExpired,
      note: 'inGracePeriod, but the deadline passed a day before the world was made',
      complianceState: 'inGracePeriod',
      properties: { complianceGracePeriodExpirationDateTime: graphDate(now - DAY) },
      failing: ['Windows10CompliancePolicy.FirewallRequired'],
    },
    {
      id: deviceIds.reenrolled,
      note: 're-enrolled and compliant; shares Entra id and serial number with its older ghost',
      complianceState: 'compliant',
      properties: {
        azureADDeviceId: 'e0000009-0000-4000-8000-000000000009',
        serialNumber: 'SN-REENROLLED',
        deviceName: 'LAPTOP-REENROLLED',
      },
    },
    {
      id: deviceIds.ghost,
      note: 'noncompliant ghost of the re-enrolled device; last seen two months ago',
      complianceState: 'noncompliant',
      properties: {
        azureADDeviceId: 'e0000009-0000-4000-8000-000000000009',
        serialNumber: 'SN-REENROLLED',
        deviceName: 'LAPTOP-REENROLLED',
        lastSyncDateTime: graphDate(now - 60 * DAY),
        enrolledDateTime: graphDate(now - 500 * DAY),
      },
    },
    {
      id: deviceIds.ambiguousOne,
      note: 'compliant, but shares its Entra id with another machine (different serial number)',
      complianceState: 'compliant',
      properties: { azureADDeviceId: 'e0000011-0000-4000-8000-000000000011', serialNumber: 'SN-AMBIGUOUS-1' },
    },
    {
      id: deviceIds.ambiguousTwo,
      note: 'noncompliant, and shares its Entra id with another machine (different serial number)',
      complianceState: 'noncompliant',
      properties: { azureADDeviceId: 'e0000011-0000-4000-8000-000000000011', serialNumber: 'SN-AMBIGUOUS-2' },
    },
    {
      id: deviceIds.silent,
      note: 'compliant, but no check-in for 40 days',
      complianceState: 'compliant',
      properties: { lastSyncDateTime: graphDate(now - 40 * DAY) },
    },
    {
      id: deviceIds.quarantined,
      note: 'a complianceState nobody knows',
      complianceState: 'quarantinedByVendor',
    },
    {
      id: deviceIds.wipePending,
      note: 'compliant, but a wipe is under way',
      complianceState: 'compliant',
      properties: { managementState: 'wipePending' },
    },
    {
      id: deviceIds.revoked,
      note: 'compliant, but its registration is revoked',
      complianceState: 'compliant',
      properties: { deviceRegistrationState: 'revoked' },
    },
    {
      id: deviceIds.userless,
      note: 'compliant, without a user: empty strings, not null',
      complianceState: 'compliant',
      properties: {
        userId: '',
        userPrincipalName: '',
        emailAddress: '',
        userDisplayName: '',
        deviceEnrollmentType: 'windowsBulkUserless',
      },
    },
    {
      id: deviceIds.unregistered,
      note: 'compliant, not registered in Entra: azureADDeviceId is all zeros',
      complianceState: 'compliant',
      properties: { azureADDeviceId: '00000000-0000-0000-0000-000000000000', azureADRegistered: false },
    },
    {
      id: deviceIds.entraDisabled,
      note: 'compliant in Intune, but its Entra device is disabled',
      complianceState: 'compliant',
      entra: { accountEnabled: false },
    },
    {
      id: deviceIds.manyApps,
      note: 'compliant, with 57 apps: more than two pages',
      complianceState: 'compliant',
      apps: createDetectedApps(57),
    },
    {
      id: deviceIds.unicode,
      note: 'compliant; its names have quotes, commas and letters from everywhere',
      complianceState: 'compliant',
      properties: {
        deviceName: 'Zoë\'s "Büro", Gerät №7 – 東京',
        userDisplayName: "O'Brien, Zoë",
        userPrincipalName: `zoë.o'brien@${domain}`,
        emailAddress: `zoë.o'brien@${domain}`,
        operatingSystem: 'macOS',
        osVersion: '15.5 (24F74)',
        manufacturer: 'Apple',
        model: 'MacBook Air',
      },
    },
  ];
}

function deviceFromSeed(
  seed: DeviceSeed,
  number: number,
  { now, domain }: { now: number; domain: string },
): SimulatedDevice {
  const digits = String(number).padStart(12, '0');
  const short = digits.slice(-2);
  const user = `user${short}@${domain}`;
  const azureADDeviceId = `e0000${digits.slice(-3)}-0000-4000-8000-${digits}`;
  const properties: Partial<ManagedDeviceEntity> = {
    id: seed.id,
    userId: `b0000${digits.slice(-3)}-0000-4000-8000-${digits}`,
    deviceName: `PC-${short}-${seed.complianceState.toUpperCase()}`,
    enrolledDateTime: graphDate(now - 200 * DAY),
    lastSyncDateTime: graphDate(now - 2 * HOUR),
    complianceState: seed.complianceState,
    emailAddress: user,
    azureADDeviceId,
    isEncrypted: true,
    userPrincipalName: user,
    model: 'Latitude 7450',
    manufacturer: 'Dell Inc.',
    serialNumber: `SN-${digits.slice(-6)}`,
    userDisplayName: `User ${short}`,
    totalStorageSpaceInBytes: 511_101_108_224,
    freeStorageSpaceInBytes: 301_989_888_000,
    managedDeviceName: `${azureADDeviceId}_Windows_1/15/2026_9:05 AM`,
    managementCertificateExpirationDate: graphDate(now + 165 * DAY),
    ...(seed.complianceState === 'noncompliant'
      ? { complianceGracePeriodExpirationDateTime: graphDate(now - 14 * DAY) }
      : {}),
    ...seed.properties,
  };
  return createSimulatedDevice({
    note: seed.note,
    properties,
    selectOnly: {
      ethernetMacAddress: `00155D0000${short}`,
      notes: seed.note,
      physicalMemoryInBytes: 17_179_869_184,
      udid: '',
      iccid: '',
      activationLockBypassCode: '',
      remoteAssistanceSessionUrl: '',
    },
    detectedApps: seed.apps ?? [],
    policyStates: createPolicyStates({
      userId: properties.userId ?? '',
      userPrincipalName: properties.userPrincipalName ?? '',
      failing: seed.failing ?? [],
    }),
  });
}
