import type { GraphTenant } from '../graph/graphTenant.ts';
import { parseTokenGrants } from '../graph/tokenGrants.ts';
import type { LookupFailure, LookupOptions } from '../node/deviceDirectory.ts';
import type { ManagedDevice } from '../node/managedDevice.ts';
import { causesOf } from './causes.ts';
import type { Check } from './check.ts';
import { checkDevice, madeUpId } from './checkDevice.ts';
import { checkPermissions } from './checkPermissions.ts';
import { checkTenantSettings } from './checkTenantSettings.ts';
import type { VerifyNeeds } from './verifyNeeds.ts';

/**
 * Checks a tenant from the token to the device, as an administrator would with curl, and goes on after a failure as far as that
 * makes sense. Uses the same client as the decisions do.
 */
export async function verifyTenant(
  tenant: GraphTenant,
  needs: VerifyNeeds,
  options: LookupOptions,
): Promise<readonly Check[]> {
  const failed = (name: Check['name'], what: string, failure: TokenOrLookupFailure): Check => ({
    name,
    status: 'failed',
    finding: `${what}: ${failure.detail}`,
    reason: failure.reason,
    causes: causesOf(failure, name === 'token' ? 'token' : 'graph', needs.credentialKind),
  });

  const token = await tenant.tokens.getToken(options);
  if (!token.ok) return [failed('token', `Entra (${needs.authority}) gave no token`, token)];
  const checks: Check[] = [
    { name: 'token', status: 'good', finding: 'Entra gave a token' },
    checkPermissions(parseTokenGrants(token.token), needs),
  ];

  const found = await checkDevice(tenant, needs.deviceId, options);
  if (found.is === 'failed') {
    return [...checks, failed('device', `Intune (${needs.graph}) did not answer`, found.failure)];
  }
  checks.push(found.check);
  const device = found.is === 'device' ? found.device : undefined;

  if (needs.entraDevice) {
    const entraId = device?.azureADDeviceId ?? needs.deviceId ?? madeUpId();
    const entra = await tenant.directory.findEntraDevice(entraId, options);
    checks.push(
      entra.ok
        ? { name: 'entraDevice', status: 'good', finding: 'Entra answers questions about devices' }
        : failed('entraDevice', `Entra (${needs.graph}) did not answer about the device`, entra),
    );
  }
  if (needs.installedApps) checks.push(await checkInstalledApps(device));
  checks.push(await checkTenantSettings(tenant, options));
  return checks;

  async function checkInstalledApps(of: ManagedDevice | undefined): Promise<Check> {
    const name = 'installedApps';
    if (of === undefined) {
      const finding =
        needs.deviceId === undefined
          ? 'a node saves installed apps; give --device-id ID of a device to see whether Intune lists them'
          : 'there is no device to list apps of';
      return { name, status: 'skipped', finding };
    }
    const apps = await tenant.directory.listDetectedApps(of.id, options);
    if (!apps.ok) return failed(name, `Intune (${needs.graph}) did not list the apps`, apps);
    return { name, status: 'good', finding: `Intune lists ${apps.value.length} apps for the device` };
  }
}

type TokenOrLookupFailure = Pick<LookupFailure, 'reason' | 'detail'>;
