import { CLOUDS } from '../graph/clouds.ts';
import type { TenantConfig } from './configSchema.ts';
import type { TenantSetup } from './gateConfig.ts';
import { MISSING, type Resolution } from './resolution.ts';
import { resolveCaPems } from './resolveCaPems.ts';
import { resolveCredential } from './resolveCredential.ts';
import { resolveProxy } from './resolveProxy.ts';
import { TENANT_ID } from './tenantId.ts';

/**
 * Completes a tenant: what the file leaves out comes from the environment variables other connectors use. What the file says is
 * never overridden by them.
 */
export function resolveTenant(tenant: TenantConfig, name: string, resolution: Resolution): TenantSetup {
  const at = ['tenants', name];
  const { environment, problem } = resolution;
  const cloud = CLOUDS[tenant.cloud];
  const extraCaPems = resolveCaPems(tenant.caFile, [...at, 'caFile'], resolution);
  return {
    ...(extraCaPems === undefined ? {} : { extraCaPems }),
    tenantId: tenant.tenantId ?? fromEnvironment('ENTRA_TENANT_ID', 'tenantId', TENANT_ID),
    clientId:
      tenant.clientId ??
      fromEnvironment('ENTRA_CLIENT_ID', 'clientId', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
    credential: resolveCredential(tenant.credential, [...at, 'credential'], resolution),
    authority: originOf(tenant.authority ?? cloud.authority),
    graph: originOf(tenant.graph ?? cloud.graph),
    ...resolveProxy(tenant, [...at, 'proxy'], resolution),
    pacing: { calls: tenant.pacing.deviceCalls, windowMs: tenant.pacing.perSeconds * 1_000 },
  };

  function fromEnvironment(variable: string, key: string, shape: RegExp): string {
    const value = environment[variable];
    if (value !== undefined && shape.test(value)) return value;
    problem(
      [...at, key],
      `is missing, and the environment variable ${variable} is ${value === undefined ? 'not set' : 'not one'}`,
    );
    return MISSING;
  }
}

function originOf(url: string): string {
  return new URL(url).origin;
}
