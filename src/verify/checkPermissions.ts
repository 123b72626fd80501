import type { TokenGrants } from '../graph/tokenGrants.ts';
import { CAUSES } from './causes.ts';
import type { Check } from './check.ts';
import type { VerifyNeeds } from './verifyNeeds.ts';

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

/** Pure: does the token carry what the nodes need? */
export function checkPermissions(grants: TokenGrants, needs: Pick<VerifyNeeds, 'entraDevice'>): Check {
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
