import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGraphPolicyStates } from '../../src/graph/graphPolicyStates.ts';
import type { GraphAnswer } from '../../src/graph/graphRequest.ts';
import { createGraphTenant, type GraphTenant } from '../../src/graph/graphTenant.ts';
import type { JsonObject } from '../../src/graph/jsonObject.ts';
import type { Lookup, LookupOptions } from '../../src/node/deviceDirectory.ts';
import type { FailedSetting } from '../../src/node/policyStates.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { DEVICE_ID, failure, guid } from '../support/fakeDirectory.ts';

const GRAPH = 'https://graph.microsoft.com';
const asked = (): LookupOptions => ({ signal: new AbortController().signal, deadline: Date.now() + 10_000 });

type Answers = Readonly<Record<string, JsonObject | 'absent' | 'failure'>>;

/** Policy states over scripted answers, by what the address ends with. */
function over(answers: Answers): { find: () => Promise<Lookup<readonly FailedSetting[]>>; urls: string[] } {
  const urls: string[] = [];
  const states = createGraphPolicyStates(GRAPH, (endpoint, url) => {
    expect(endpoint).toBe('policyStates');
    urls.push(url);
    const [, answer = 'failure'] = Object.entries(answers).find(([end]) => url.endsWith(end)) ?? [];
    return Promise.resolve<GraphAnswer>(
      answer === 'failure'
        ? { kind: 'failure', failure: failure('throttled') }
        : answer === 'absent'
          ? { kind: 'absent', fetchedAt: 1 }
          : { kind: 'body', body: answer, fetchedAt: 1 },
    );
  });
  return { find: () => states.findFailedSettings(DEVICE_ID, asked()), urls };
}

const policy = (id: string, state: string, displayName: string | null = `Policy ${id}`): JsonObject => ({
  id,
  state,
  displayName,
  settingStates: [],
});
const setting = (name: string, state: string): JsonObject => ({ setting: name, state, settingName: null });
const summary = (answer: Lookup<readonly FailedSetting[]>): readonly string[] | string =>
  answer.ok ? answer.value.map((one) => `${one.policy}/${one.setting}/${one.state}`) : answer.reason;

describe('failed settings', () => {
  test('are asked for policy by policy, and only where one fails', async () => {
    const { find, urls } = over({
      '/deviceCompliancePolicyStates': {
        value: [
          policy('a', 'compliant'),
          policy('b/../x', 'nonCompliant'),
          policy('c', 'notApplicable'),
          policy('d', 'remediated'),
          policy('e', 'notAssigned'),
          policy('f', 'conflict', null),
        ],
      },
      '/b%2F..%2Fx/settingStates': {
        value: [setting('P.One', 'nonCompliant'), setting('P.Two', 'compliant'), setting('P.Three', 'error')],
      },
      '/f/settingStates': { value: [setting('P.Four', 'whateverComesNext')] },
    });
    expect(summary(await find())).toEqual([
      'Policy b/../x/P.One/nonCompliant',
      'Policy b/../x/P.Three/error',
      '/P.Four/whateverComesNext',
    ]);
    expect(urls[0]).toBe(
      `${GRAPH}/v1.0/deviceManagement/managedDevices/${DEVICE_ID}/deviceCompliancePolicyStates`,
    );
    expect(urls).toHaveLength(3);
  });

  test('are told once, for however many users', async () => {
    const { find, urls } = over({
      '/deviceCompliancePolicyStates': { value: [policy('a', 'nonCompliant'), policy('a', 'nonCompliant')] },
      '/a/settingStates': { value: [setting('P.One', 'nonCompliant'), setting('P.One', 'nonCompliant')] },
    });
    expect(summary(await find())).toEqual(['Policy a/P.One/nonCompliant']);
    expect(urls).toHaveLength(2);
  });

  test('are those of ten policies at most', async () => {
    const value = Array.from({ length: 30 }, (_, n) => policy(`p${n}`, 'nonCompliant'));
    const { find, urls } = over({
      '/deviceCompliancePolicyStates': { value },
      '/settingStates': { value: [] },
    });
    expect(summary(await find())).toEqual([]);
    expect(urls).toHaveLength(11);
  });

  test.each<[string, Answers, readonly string[] | string]>([
    ['no such device', { '/deviceCompliancePolicyStates': 'absent' }, []],
    ['no answer', {}, 'throttled'],
    ['no list', { '/deviceCompliancePolicyStates': { value: 1 } }, 'malformedAnswer'],
    [
      'a policy without id',
      { '/deviceCompliancePolicyStates': { value: [{ state: 'x' }] } },
      'malformedAnswer',
    ],
    [
      'a policy without state',
      { '/deviceCompliancePolicyStates': { value: [{ id: 'x' }] } },
      'malformedAnswer',
    ],
    [
      'half an answer',
      {
        '/deviceCompliancePolicyStates': { value: [policy('a', 'error'), policy('b', 'error')] },
        '/a/settingStates': { value: [] },
      },
      'throttled',
    ],
    [
      'settings that are none',
      {
        '/deviceCompliancePolicyStates': { value: [policy('a', 'error')] },
        '/settingStates': { value: ['x'] },
      },
      'malformedAnswer',
    ],
    [
      'a policy that went away meanwhile',
      { '/deviceCompliancePolicyStates': { value: [policy('a', 'error')] }, '/settingStates': 'absent' },
      [],
    ],
  ])('with %s', async (_, answers, told) => {
    expect(summary(await over(answers).find())).toEqual(told);
  });
});

describe('against the stand-in', () => {
  let simulator: Simulator;
  let tenant: GraphTenant;
  const BLOCKED = guid(deviceIds.noncompliant);
  const control = (path: string, body: object) => {
    const [app] = simulator.world.apps;
    if (path === 'roles' && app !== undefined) app.roles = (body as { roles: string[] }).roles;
  };
  beforeAll(async () => {
    simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
    tenant = open();
  });
  afterAll(async () => {
    await tenant.close();
    await simulator.close();
  });

  function open(): GraphTenant {
    const [app] = simulator.world.apps;
    return createGraphTenant({
      tenantId: simulator.world.tenant.id,
      clientId: app?.clientId ?? '',
      credential: { kind: 'clientSecret', clientSecret: app?.secrets[0]?.value ?? '' },
      authority: simulator.origin,
      graph: simulator.origin,
      extraCaPems: [simulator.caPem],
    });
  }

  test('tells what fails', async () => {
    expect(summary(await tenant.policyStates.findFailedSettings(BLOCKED, asked()))).toEqual([
      'Windows baseline/Windows10CompliancePolicy.BitLockerEnabled/nonCompliant',
      'Windows baseline/Windows10CompliancePolicy.OsMinimumVersion/nonCompliant',
    ]);
  });

  test('has a device check in', async () => {
    expect(await tenant.sync.syncDevice(BLOCKED, asked())).toMatchObject({ ok: true, value: true });
    expect(simulator.world.pendingActions).toMatchObject([{ deviceId: BLOCKED, action: 'syncDevice' }]);
    const nobody = guid('00000000-0000-4000-8000-00000000dead');
    expect(await tenant.sync.syncDevice(nobody, asked())).toMatchObject({ ok: true, value: false });
  });

  test('says what permission is missing', async () => {
    control('roles', { roles: ['DeviceManagementManagedDevices.Read.All'] });
    const other = open();
    try {
      expect(await other.sync.syncDevice(BLOCKED, asked())).toMatchObject({ reason: 'permissionMissing' });
      expect(await other.policyStates.findFailedSettings(BLOCKED, asked())).toMatchObject({
        reason: 'permissionMissing',
      });
    } finally {
      await other.close();
    }
  });
});
