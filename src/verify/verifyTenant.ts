import { randomUUID } from 'node:crypto';
import type { GraphTenant } from '../graph/graphTenant.ts';
import { parseTokenGrants, type TokenGrants } from '../graph/tokenGrants.ts';
import { parseGuid, type DeviceId } from '../node/deviceId.ts';
import type { LookupFailure, LookupOptions } from '../node/deviceDirectory.ts';
import type { ManagedDevice } from '../node/managedDevice.ts';
import { CAUSES } from './causes.ts';
import type { Check } from './check.ts';

/** What the configuration wants of a tenant. */
export interface VerifyNeeds {
  /** Origins of the token endpoint and of Graph, to be named where they are out of reach. */
  readonly authority: string;
  readonly graph: string;
  /** A device to look for; without one, any id is asked for and "not found" is the good answer. */
  readonly deviceId: DeviceId | undefined;
  readonly entraDevice: boolean;
  readonly installedApps: boolean;
}

/** Each permission with the ones that include it. */
const READ_DEVICES = [
  'DeviceManagementManagedDevices.Read.All',
  'DeviceManagementManagedDevices.ReadWrite.All',
];
const READ_ENTRA_DEVICE = [
  'Device.Read.All',
  'Device.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
];

/** Entra's default of Intune; a longer threshold keeps lost devices compliant. */
const USUAL_CHECK_IN_DAYS = 30;

/**
 * Checks a tenant from the token to the device, as an administrator would with curl, and goes on after a failure as far as that
 * makes sense. Uses the same client as the decisions do.
 */
export async function verifyTenant(
  tenant: GraphTenant,
  needs: VerifyNeeds,
  options: LookupOptions,
): Promise<readonly Check[]> {
  const token = await tenant.tokens.getToken(options);
  if (!token.ok) return [failed('token', `Entra (${needs.authority}) gave no token`, token)];
  const grants = parseTokenGrants(token.token);
  const checks: Check[] = [
    { name: 'token', status: 'good', finding: 'Entra gave a token' },
    checkPermissions(grants, needs),
  ];

  const id = needs.deviceId ?? parseGuid(randomUUID());
  if (id === undefined) return checks;
  const found = await tenant.directory.findManagedDevice(id, { ...options, properties: 'none' });
  if (!found.ok) return [...checks, failed('device', `Intune (${needs.graph}) did not answer`, found)];
  const device = found.value ?? (await findByEntraId(tenant, needs.deviceId, options));
  checks.push(describeDevice(device, needs.deviceId));

  if (needs.entraDevice) {
    const entra = await tenant.directory.findEntraDevice(device?.azureADDeviceId ?? id, options);
    checks.push(
      entra.ok
        ? { name: 'entraDevice', status: 'good', finding: 'Entra answers questions about devices' }
        : failed('entraDevice', `Entra (${needs.graph}) did not answer about the device`, entra),
    );
  }
  if (needs.installedApps && device !== undefined) {
    const apps = await tenant.directory.listDetectedApps(device.id, options);
    checks.push(
      apps.ok
        ? {
            name: 'installedApps',
            status: 'good',
            finding: `Intune lists ${apps.value.length} apps for the device`,
          }
        : failed('installedApps', `Intune (${needs.graph}) did not list the apps`, apps),
    );
  }
  checks.push(await checkTenantSettings(tenant, options));
  return checks;
}

function failed(name: Check['name'], what: string, failure: LookupFailure): Check {
  return {
    name,
    status: 'failed',
    finding: `${what}: ${failure.detail}`,
    reason: failure.reason,
    causes: CAUSES[failure.reason],
  };
}

function checkPermissions(grants: TokenGrants, needs: VerifyNeeds): Check {
  const name = 'permissions';
  if (!grants.readable) {
    return {
      name,
      status: 'skipped',
      finding: 'the token does not say which permissions it carries; Graph will tell',
    };
  }
  if (grants.permissions.length === 0) {
    return {
      name,
      status: 'failed',
      finding: 'the token carries no permission at all (its roles are empty)',
      reason: 'consentMissing',
      causes: CAUSES.consentMissing,
    };
  }
  const missing = [READ_DEVICES, ...(needs.entraDevice ? [READ_ENTRA_DEVICE] : [])].filter(
    (accepted) => !accepted.some((permission) => grants.permissions.includes(permission)),
  );
  return missing.length === 0
    ? { name, status: 'good', finding: `${grants.kind} permissions: ${grants.permissions.join(', ')}` }
    : {
        name,
        status: 'failed',
        finding: `the token (${grants.kind}) lacks ${missing.map(([least]) => least).join(' and ')}; it carries ${grants.permissions.join(', ')}`,
        reason: 'permissionMissing',
        causes: CAUSES.permissionMissing,
      };
}

async function findByEntraId(
  tenant: GraphTenant,
  id: DeviceId | undefined,
  options: LookupOptions,
): Promise<ManagedDevice | undefined> {
  if (id === undefined) return undefined;
  const found = await tenant.directory.findManagedDevicesByEntraId(id, { ...options, properties: 'none' });
  return found.ok ? found.value[0] : undefined;
}

function describeDevice(device: ManagedDevice | undefined, wanted: DeviceId | undefined): Check {
  const name = 'device';
  if (device !== undefined) {
    const seen = device.lastSync === undefined ? 'never' : new Date(device.lastSync).toISOString();
    return {
      name,
      status: 'good',
      finding: `Intune knows the device: ${device.complianceState}, last check-in ${seen}`,
    };
  }
  if (wanted === undefined)
    return { name, status: 'good', finding: 'Intune answers questions about devices' };
  return {
    name,
    status: 'failed',
    finding: 'Intune answers, but knows no such device, neither by Intune id nor by Entra id',
    reason: 'deviceNotFound',
    causes: [
      {
        cause: 'the id is not that of an enrolled device, or the device was enrolled again and has a new one',
        who: 'whoever gave you the id',
        todo: 'look the device up in the Intune admin center, Devices, Hardware: "Intune Device ID"',
      },
    ],
  };
}

/** The switches that decide what "compliant" is worth. The gate works without reading them, so this never fails. */
async function checkTenantSettings(tenant: GraphTenant, options: LookupOptions): Promise<Check> {
  const name = 'tenantSettings';
  const read = await tenant.readTenantSettings(options);
  if (!read.ok) {
    return read.reason === 'permissionMissing' || read.reason === 'consentMissing'
      ? {
          name,
          status: 'skipped',
          finding:
            'the tenant-wide compliance switches may not be read (DeviceManagementConfiguration.Read.All would allow it); check by hand that devices without a policy are not compliant',
        }
      : {
          name,
          status: 'warning',
          finding: `the tenant-wide compliance switches could not be read: ${read.detail}`,
        };
  }
  const { secureByDefault, checkinThresholdDays } = read.value;
  const warnings = [
    ...(secureByDefault === false
      ? [
          'devices without any compliance policy count as compliant (set "Mark devices with no compliance policy assigned as" to "Not compliant")',
        ]
      : []),
    ...(checkinThresholdDays !== undefined && checkinThresholdDays > USUAL_CHECK_IN_DAYS
      ? [
          `a device may stay silent for ${checkinThresholdDays} days and still count as compliant (set maxCheckInAgeHours, or shorten the validity period)`,
        ]
      : []),
  ];
  return warnings.length > 0
    ? { name, status: 'warning', finding: warnings.join('; ') }
    : {
        name,
        status: 'good',
        finding: 'devices without a policy are not compliant, and the check-in threshold is not unusual',
      };
}
