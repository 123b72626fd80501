import type { GraphTenant, TenantSettings } from '../graph/graphTenant.ts';
import type { LookupOptions } from '../node/deviceDirectory.ts';
import type { Check } from './check.ts';

/** Entra's default of Intune; a longer threshold keeps lost devices compliant. */
const USUAL_CHECK_IN_DAYS = 30;

/** The switches that decide what "compliant" is worth. The gate works without reading them, so this never fails. */
export async function checkTenantSettings(tenant: GraphTenant, options: LookupOptions): Promise<Check> {
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
  return judgeTenantSettings(read.value);
}

/** Pure. A switch that Intune did not tell is not taken for a good one. */
export function judgeTenantSettings({ secureByDefault, checkinThresholdDays }: TenantSettings): Check {
  const name = 'tenantSettings';
  const warnings = [
    ...(secureByDefault === true
      ? []
      : secureByDefault === false
        ? [
            'devices without any compliance policy count as compliant (set "Mark devices with no compliance policy assigned as" to "Not compliant")',
          ]
        : [
            'it could not be told whether devices without any compliance policy count as compliant: Intune did not say; look at "Mark devices with no compliance policy assigned as", which must be "Not compliant"',
          ]),
    ...(checkinThresholdDays !== undefined && checkinThresholdDays > USUAL_CHECK_IN_DAYS
      ? [
          `a device may stay silent for ${checkinThresholdDays} days and still count as compliant (set maxCheckInAgeHours, or shorten the validity period)`,
        ]
      : []),
  ];
  if (warnings.length > 0) return { name, status: 'warning', finding: warnings.join('; ') };
  const threshold =
    checkinThresholdDays === undefined
      ? 'Intune told no check-in threshold'
      : 'the check-in threshold is not unusual';
  return { name, status: 'good', finding: `devices without a policy are not compliant, and ${threshold}` };
}
