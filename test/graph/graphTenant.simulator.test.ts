import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dispatcher } from 'undici';
import { createDispatcher } from '../../src/graph/dispatcher.ts';
import { createGraphTenant, type Credential, type GraphTenant } from '../../src/graph/graphTenant.ts';
import { parseTokenGrants } from '../../src/graph/tokenGrants.ts';
import { parseGuid, type DeviceId } from '../../src/node/deviceId.ts';
import type { UpstreamReason } from '../../src/outcomes/reason.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { AppRegistration, SimulatedUser } from '../../src/simulator/world.ts';
import type { SimulatedDevice } from '../../src/simulator/simulatedDevice.ts';
import { within } from './fakeMicrosoft.ts';
import { mintCertificate } from './testCertificates.ts';

let simulator: Simulator;
let tenant: GraphTenant;
let dispatcher: Dispatcher;
const certificate = mintCertificate('gate');

beforeAll(async () => {
  simulator = await startSimulator();
  dispatcher = createDispatcher({ extraCaPems: [simulator.caPem], connectTimeoutMs: 1_000 });
});
beforeEach(() => {
  simulator.clearRequests();
  tenant = open();
});
afterEach(async () => {
  simulator.world.faults.length = 0;
  await tenant.close();
});
afterAll(async () => {
  await dispatcher.destroy();
  await simulator.close();
});

function app(): AppRegistration {
  const [registration] = simulator.world.apps;
  if (registration === undefined) throw new Error('no app');
  return registration;
}

function user(name: string): SimulatedUser {
  const found = simulator.world.users.find(({ userPrincipalName }) =>
    userPrincipalName.startsWith(`${name}@`),
  );
  if (found === undefined) throw new Error('no such user');
  return found;
}

const secret = (): Credential => ({ kind: 'clientSecret', clientSecret: app().secrets[0]?.value ?? '' });

function open(
  credential: Credential = secret(),
  change: { tenantId?: string; clientId?: string } = {},
): GraphTenant {
  return createGraphTenant({
    tenantId: simulator.world.tenant.id,
    clientId: app().clientId,
    credential,
    authority: simulator.origin,
    graph: simulator.origin,
    dispatcher,
    attemptTimeoutMs: 500,
    ...change,
  });
}

function guid(text: string | null | undefined): DeviceId {
  const id = parseGuid(text ?? '');
  if (id === undefined) throw new Error('no GUID');
  return id;
}

/** The first device of a kind that has apps, a user and an Entra id. */
function compliantDevice(): SimulatedDevice {
  const found = [...simulator.world.devices.values()].find(
    ({ properties, detectedApps }) => properties.complianceState === 'compliant' && detectedApps.length > 0,
  );
  if (found === undefined) throw new Error('no compliant device');
  return found;
}

const fault = (rule: Omit<FaultRule, 'id'>): void => {
  simulator.world.faults.push({ id: `fault-${simulator.world.faults.length}`, ...rule });
};
const find = (one: GraphTenant = tenant): ReturnType<GraphTenant['directory']['findManagedDevice']> =>
  one.directory.findManagedDevice(guid(compliantDevice().properties.id), { ...within(), properties: 'none' });

describe('every device of the simulated tenant', () => {
  it('is found by its id, as it is', async () => {
    const { devices } = simulator.world;
    expect(devices.size).toBeGreaterThan(5);
    for (const { properties } of devices.values()) {
      const found = await tenant.directory.findManagedDevice(guid(properties.id), {
        ...within(),
        properties: 'all',
      });
      expect(found).toMatchObject({
        ok: true,
        value: {
          id: properties.id,
          complianceState: properties.complianceState,
          managementState: properties.managementState,
        },
      });
    }
  });

  it('is found by its Entra id, alone or with its ghosts', async () => {
    const rows = [...simulator.world.devices.values()].map(({ properties }) => properties);
    const keys = new Set(rows.map(({ azureADDeviceId }) => parseGuid(azureADDeviceId ?? '')));
    keys.delete(undefined);
    expect(keys.size).toBeGreaterThan(3);
    for (const key of keys) {
      const found = await tenant.directory.findManagedDevicesByEntraId(guid(key), {
        ...within(),
        properties: 'none',
      });
      const ids = found.ok ? found.value.map(({ id }) => id) : [];
      expect(ids.sort()).toEqual(
        rows
          .filter(({ azureADDeviceId }) => azureADDeviceId === key)
          .map(({ id }) => id)
          .sort(),
      );
    }
  });
});

describe('one device', () => {
  it('has what only a GET by id tells, also when it was found by its Entra id', async () => {
    const device = compliantDevice();
    device.selectOnly.physicalMemoryInBytes = 17_179_869_184;
    const wanted = { ...within(), properties: ['physicalMemoryInBytes', 'model'] };
    const expected = { physicalMemoryInBytes: 17_179_869_184, model: device.properties.model };
    expect(await tenant.directory.findManagedDevice(guid(device.properties.id), wanted)).toMatchObject({
      value: { properties: expected },
    });
    expect(
      await tenant.directory.findManagedDevicesByEntraId(guid(device.properties.azureADDeviceId), wanted),
    ).toMatchObject({ value: [{ properties: expected }] });
  });

  it('has its record in Entra', async () => {
    const deviceId = guid(compliantDevice().properties.azureADDeviceId);
    expect(await tenant.directory.findEntraDevice(deviceId, within())).toMatchObject({
      ok: true,
      value: { deviceId, accountEnabled: true },
    });
  });

  it('has its apps, over several pages', async () => {
    const device = compliantDevice();
    simulator.world.pageSizes.detectedApps = 2;
    const listed = await tenant.directory.listDetectedApps(guid(device.properties.id), within());
    simulator.world.pageSizes.detectedApps = 20;
    const names = device.detectedApps.map(({ displayName }) => displayName);
    expect(names.length).toBeGreaterThan(2);
    expect(listed.ok && listed.value.map(({ displayName }) => displayName)).toEqual(names);
  });

  it('nobody knows is absent everywhere', async () => {
    const id = guid('deadbeef-1111-4111-8111-111111111111');
    const lookup = { ...within(), properties: 'none' } as const;
    expect(await tenant.directory.findManagedDevice(id, lookup)).toMatchObject({
      ok: true,
      value: undefined,
    });
    expect(await tenant.directory.findManagedDevicesByEntraId(id, lookup)).toMatchObject({
      ok: true,
      value: [],
    });
    expect(await tenant.directory.findEntraDevice(id, lookup)).toMatchObject({ ok: true, value: undefined });
  });
});

it('the switches of the tenant', async () => {
  expect(await tenant.readTenantSettings(within())).toMatchObject({
    ok: true,
    value: { secureByDefault: true, checkinThresholdDays: 30, scheduledActionEnabled: true },
  });
});

describe('credentials the simulator accepts', () => {
  it('a certificate', async () => {
    app().certificates.push(certificate.certificatePem);
    await tenant.close();
    tenant = open({
      kind: 'certificate',
      certificatePem: certificate.certificatePem,
      privateKeyPem: certificate.keyPem,
    });
    expect(await find()).toMatchObject({ ok: true });
  });

  it('a user, whose token then carries scopes', async () => {
    const { userPrincipalName, password } = user('gate');
    await tenant.close();
    tenant = open({ kind: 'userPassword', username: userPrincipalName, password });
    expect(await find()).toMatchObject({ ok: true });
    const token = await tenant.tokens.getToken(within());
    expect(parseTokenGrants(token.ok ? token.token : '').kind).toBe('delegated');
  });

  it('a managed identity', async () => {
    // On a server of its own it does not know the simulator's origin by itself.
    simulator.world.resources.push(simulator.origin);
    const { default: fastify } = await import('fastify');
    const imds = fastify();
    await imds.register(simulator.managedIdentityPlugin);
    process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] = await imds.listen({ host: '127.0.0.1', port: 0 });
    await tenant.close();
    tenant = open({ kind: 'managedIdentity' });
    const found = await find();
    delete process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'];
    await imds.close();
    expect(found).toMatchObject({ ok: true });
  });
});

describe('what an administrator must be told', () => {
  it.each<[string, () => GraphTenant, UpstreamReason]>([
    ['wrong secret', () => open({ kind: 'clientSecret', clientSecret: 'wrong' }), 'credentialRejected'],
    [
      'unknown app',
      () => open(secret(), { clientId: 'deadbeef-2222-4333-8444-555555555555' }),
      'appNotFound',
    ],
    [
      'unknown tenant',
      () => open(secret(), { tenantId: 'deadbeef-2222-4333-8444-555555555555' }),
      'tenantNotFound',
    ],
    [
      'wrong password',
      () => open({ kind: 'userPassword', username: user('gate').userPrincipalName, password: 'x' }),
      'userCredentialRejected',
    ],
    [
      'second factor',
      () =>
        open({
          kind: 'userPassword',
          username: user('mfa').userPrincipalName,
          password: user('mfa').password,
        }),
      'secondFactorRequired',
    ],
    [
      'no Intune role',
      () =>
        open({
          kind: 'userPassword',
          username: user('norole').userPrincipalName,
          password: user('norole').password,
        }),
      'licenceOrRoleMissing',
    ],
  ])('%s', async (_name, opened, reason) => {
    await tenant.close();
    tenant = opened();
    expect(await find()).toMatchObject({ ok: false, reason });
  });

  it('an expired secret', async () => {
    app().secrets.push({ value: 'old-secret', expired: true });
    await tenant.close();
    tenant = open({ kind: 'clientSecret', clientSecret: 'old-secret' });
    expect(await find()).toMatchObject({ ok: false, reason: 'credentialExpired' });
  });

  it('a missing permission, by its name, and a missing consent', async () => {
    const roles = app().roles.splice(0, app().roles.length, 'Device.Read.All');
    expect(await find()).toMatchObject({
      reason: 'permissionMissing',
      detail: expect.stringContaining('DeviceManagementManagedDevices.Read.All') as string,
    });
    app().roles.splice(0, 1, ...roles);
    app().consented = false;
    await tenant.close();
    tenant = open();
    expect(await find()).toMatchObject({ reason: 'consentMissing' });
    app().consented = true;
  });

  it('a tenant without licence', async () => {
    simulator.world.tenant.licensed = false;
    expect(await find()).toMatchObject({ reason: 'licenceOrRoleMissing' });
    simulator.world.tenant.licensed = true;
  });
});

describe('faults of Graph', () => {
  it.each<[string, FaultRule['fault']]>([
    ['503', { kind: 'status', status: 503 }],
    ['429', { kind: 'status', status: 429, retryAfter: '0.2' }],
    ['504 in HTML', { kind: 'status', status: 504, body: 'html' }],
    ['a reset', { kind: 'reset' }],
    ['a body cut off', { kind: 'cutOff' }],
  ])('once %s, and the answer comes nevertheless', async (_name, one) => {
    fault({ match: { endpoint: 'managedDevice' }, times: 1, fault: one });
    expect(await find()).toMatchObject({ ok: true, value: { complianceState: 'compliant' } });
  });

  it.each<[string, FaultRule['fault'], UpstreamReason]>([
    ['429 for a minute', { kind: 'status', status: 429, retryAfter: '60' }, 'throttled'],
    ['wrong JSON', { kind: 'wrongJson' }, 'malformedAnswer'],
    ['another body', { kind: 'replace', body: { id: 'x' } }, 'malformedAnswer'],
    ['403 of a gateway', { kind: 'status', status: 403, body: 'html' }, 'malformedAnswer'],
    ['404 of a gateway', { kind: 'status', status: 404, body: 'html' }, 'malformedAnswer'],
  ])('%s is not a device', async (_name, one, reason) => {
    fault({ match: { endpoint: 'managedDevice' }, fault: one });
    expect(await find()).toMatchObject({ ok: false, reason });
  });

  it('a hang ends with the deadline', async () => {
    await tenant.tokens.getToken(within());
    fault({ match: { endpoint: 'managedDevice' }, fault: { kind: 'hang' } });
    const lookup = { ...within(300), properties: 'none' } as const;
    expect(
      await tenant.directory.findManagedDevice(guid(compliantDevice().properties.id), lookup),
    ).toMatchObject({
      ok: false,
      reason: 'timeout',
    });
  });
});
