import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AnswerKeeper } from '../../src/answers/answerKeeper.ts';
import { createAnswerMemory } from '../../src/answers/answerMemory.ts';
import { createAdmission } from '../../src/node/admission.ts';
import type { DeviceLookupOptions, Lookup } from '../../src/node/deviceDirectory.ts';
import type { ManagedDevice } from '../../src/node/managedDevice.ts';
import type { UpstreamReason } from '../../src/outcomes/reason.ts';
import { DEVICE_ID, ENTRA_ID, failure, managedDevice, NOW, OTHER_ID } from '../support/fakeDirectory.ts';
import {
  after,
  asker,
  LIFETIMES,
  scriptedDirectory,
  testKeeper,
  type ScriptedDirectory,
} from '../support/testKeeper.ts';

const COMPLIANT = managedDevice();
const NONCOMPLIANT = managedDevice({ complianceState: 'noncompliant' });
const OUTAGE = failure('upstreamUnavailable', 'HTTP 503');

let microsoft: ScriptedDirectory;
let keeper: AnswerKeeper;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  microsoft = scriptedDirectory((call) => (call.startsWith('entra') ? [COMPLIANT] : COMPLIANT));
  keeper = testKeeper(microsoft);
});
afterEach(() => {
  vi.useRealTimers();
});

const find = async (changes: Partial<DeviceLookupOptions> = {}): Promise<Lookup<ManagedDevice | undefined>> =>
  keeper.findManagedDevice(DEVICE_ID, asker(changes));
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('lifetimes', () => {
  const entra = { deviceId: ENTRA_ID, accountEnabled: true };
  const app = { displayName: 'App', version: undefined, publisher: undefined };

  test.each([
    ['a compliant device', COMPLIANT, 300_000],
    ['a noncompliant device', NONCOMPLIANT, 30_000],
    ['a device in grace', managedDevice({ complianceState: 'inGracePeriod' }), 30_000],
    ['a state nobody knows', managedDevice({ complianceState: 'new' }), 30_000],
    ['a compliant device that is being wiped', managedDevice({ managementState: 'wipePending' }), 30_000],
    ['a device nobody knows', undefined, 15_000],
  ])('%s', async (_name, said, lifetimeMs) => {
    microsoft.says = () => said;
    expect(await find()).toMatchObject({ ok: true, source: 'graph', fetchedAt: NOW });
    await pass(lifetimeMs * 0.7);
    expect(await find()).toMatchObject({
      ok: true,
      source: 'cache',
      fetchedAt: NOW,
      value: said && { id: said.id },
    });
    expect(microsoft.calls).toHaveLength(1);
    vi.setSystemTime(NOW + lifetimeMs);
    expect(await find()).toMatchObject({ ok: true, source: 'graph', fetchedAt: NOW + lifetimeMs });
    expect(microsoft.calls).toHaveLength(2);
  });

  test.each([
    ['devices with one Entra id', 'entra', [COMPLIANT], 300_000],
    ['one bad device among them', 'entra', [COMPLIANT, { ...NONCOMPLIANT, id: OTHER_ID }], 30_000],
    ['no device with the Entra id', 'entra', [], 15_000],
    ["Entra's record", 'device', entra, 60_000],
    ["no record of Entra's", 'device', undefined, 15_000],
    ['apps', 'apps', [app], 300_000],
    ['no apps', 'apps', [], 300_000],
  ] as const)('%s', async (_name, kind, said, lifetimeMs) => {
    microsoft.says = () => said;
    const ask = async (): Promise<Lookup<unknown>> =>
      kind === 'entra'
        ? keeper.findManagedDevicesByEntraId(ENTRA_ID, asker())
        : kind === 'device'
          ? keeper.findEntraDevice(ENTRA_ID, asker())
          : keeper.listDetectedApps(DEVICE_ID, asker());
    await ask();
    vi.setSystemTime(NOW + lifetimeMs * 0.7);
    expect(await ask()).toMatchObject({ source: 'cache', fetchedAt: NOW });
    vi.setSystemTime(NOW + lifetimeMs);
    expect(await ask()).toMatchObject({ source: 'graph', fetchedAt: NOW + lifetimeMs });
    expect(microsoft.calls).toHaveLength(2);
  });

  test('failures are never remembered', async () => {
    microsoft.says = () => OUTAGE;
    await find();
    microsoft.says = () => COMPLIANT;
    expect(await find()).toMatchObject({ ok: true, source: 'graph' });
  });

  test('0 remembers nothing', async () => {
    const memory = createAnswerMemory({ entries: 100, now: Date.now });
    keeper = testKeeper(microsoft, { memory, lifetimes: { ...LIFETIMES, compliantMs: 0, staleMs: 0 } });
    await find();
    await find();
    expect(microsoft.calls).toHaveLength(2);
    expect(memory.size).toBe(0);
  });

  test('a node may accept less', async () => {
    await find();
    await pass(20_000);
    expect(await find({ maxAnswerAgeMs: 20_000 })).toMatchObject({ source: 'graph' });
    expect(await find({ maxAnswerAgeMs: 0 })).toMatchObject({ source: 'graph' });
    expect(await find()).toMatchObject({ source: 'cache', fetchedAt: NOW + 20_000 });
  });

  test('a clock that was set back makes no answer younger', async () => {
    await find();
    vi.setSystemTime(NOW - 60_000);
    expect(await find()).toMatchObject({ source: 'graph' });
  });
});

describe('questions are told apart', () => {
  test('by device, kind, wanted properties and tenant', async () => {
    const memory = createAnswerMemory({ entries: 100, now: Date.now });
    const one = testKeeper(microsoft, { memory });
    const other = testKeeper(microsoft, { memory, tenant: 'other' });
    const ask = async (): Promise<void> => {
      await one.findManagedDevice(DEVICE_ID, asker());
      await one.findManagedDevice(OTHER_ID, asker());
      await one.findManagedDevicesByEntraId(DEVICE_ID, asker());
      await one.findManagedDevice(DEVICE_ID, asker({ properties: 'all' }));
      await one.findManagedDevice(DEVICE_ID, asker({ properties: ['model'] }));
      await one.findEntraDevice(DEVICE_ID, asker());
      await one.listDetectedApps(DEVICE_ID, asker());
      await other.findManagedDevice(DEVICE_ID, asker());
    };
    microsoft.says = (call) =>
      call.startsWith('intune') ? COMPLIANT : call.startsWith('device') ? undefined : [];
    await ask();
    expect(microsoft.calls).toHaveLength(8);
    await ask();
    expect(microsoft.calls).toHaveLength(8);
  });

  test('the order in which properties are named makes no other question', async () => {
    await find({ properties: ['model', 'osVersion'] });
    expect(await find({ properties: ['osVersion', 'model', 'model'] })).toMatchObject({ source: 'cache' });
  });

  test('only what was wanted is kept, and no secret', async () => {
    const properties = { model: 'X', phoneNumber: '555', activationLockBypassCode: 'secret' };
    microsoft.says = () => managedDevice({ properties });
    const kept = async (wanted: DeviceLookupOptions['properties']): Promise<unknown> => {
      const found = await find({ properties: wanted });
      return found.ok && { ...found.value?.properties };
    };
    expect(await kept('none')).toEqual({});
    expect(await kept(['model'])).toEqual({ model: 'X' });
    expect(await kept('all')).toEqual({
      id: DEVICE_ID,
      complianceState: 'compliant',
      model: 'X',
      phoneNumber: '555',
    });
  });

  test('what many share, nobody can change', async () => {
    const found = await find({ properties: 'all' });
    expect(found.ok && Object.isFrozen(found.value) && Object.isFrozen(found.value?.properties)).toBe(true);
  });
});

describe('one question at a time', () => {
  test('ten thousand who ask for one device make one call', async () => {
    microsoft.delayMs = 100;
    const answers = await after(100, Promise.all(Array.from({ length: 10_000 }, () => find())));
    expect(microsoft.calls).toHaveLength(1);
    expect(answers.every((answer) => answer.ok && answer.value?.id === DEVICE_ID)).toBe(true);
  });

  test('who leaves takes nothing away from the others', async () => {
    microsoft.delayMs = 1_000;
    const leaving = new AbortController();
    const first = find({ signal: leaving.signal });
    const second = find();
    leaving.abort();
    expect(await first).toMatchObject({ ok: false, reason: 'timeout' });
    expect(await after(1_000, second)).toMatchObject({ ok: true, source: 'graph' });
    expect([microsoft.calls.length, microsoft.aborted]).toEqual([1, 0]);
  });

  test('each one waits no longer than the own deadline', async () => {
    microsoft.delayMs = 3_000;
    const hasty = find({ deadline: Date.now() + 500 });
    const patient = find();
    expect(await after(500, hasty)).toMatchObject({ ok: false, reason: 'timeout' });
    expect(await after(2_500, patient)).toMatchObject({ ok: true });
  });

  test('the deadline of the question is not that of who asked first', async () => {
    let deadline = 0;
    keeper = testKeeper({
      ...microsoft,
      findManagedDevice: (id, options) => {
        ({ deadline } = options);
        return microsoft.findManagedDevice(id, options);
      },
    });
    await find({ deadline: Date.now() + 100 });
    expect(deadline).toBe(NOW + 8_000);
  });

  test('what nobody waits for any more is given up, and asked anew by the next', async () => {
    microsoft.delayMs = 5_000;
    const leaving = new AbortController();
    const [first, second] = [find({ signal: leaving.signal }), find({ deadline: Date.now() + 200 })];
    leaving.abort();
    await first;
    expect(microsoft.aborted).toBe(0);
    await after(200, second);
    expect(microsoft.aborted).toBe(1);
    microsoft.delayMs = 0;
    expect(await find()).toMatchObject({ ok: true });
    expect(microsoft.calls).toHaveLength(2);
    await pass(10_000);
  });

  test('a directory that ignores its deadline is not waited for', async () => {
    microsoft.delayMs = 60_000;
    expect(await after(8_000, find({ deadline: Date.now() + 30_000 }))).toMatchObject({
      ok: false,
      reason: 'timeout',
    });
  });

  test('a failure reaches all who wait, a bug as a rejection', async () => {
    microsoft.delayMs = 10;
    microsoft.says = () => OUTAGE;
    const failures = await after(10, Promise.all([find(), find()]));
    expect(failures.map((one) => !one.ok && one.reason)).toEqual([
      'upstreamUnavailable',
      'upstreamUnavailable',
    ]);
    microsoft.says = () => {
      throw new TypeError('a bug');
    };
    const both = Promise.allSettled([find(), find()]);
    expect((await after(10, both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('no more wait at once than may, and memory needs no place', async () => {
    keeper = testKeeper(microsoft, { waiting: createAdmission(2) });
    await find();
    microsoft.delayMs = 1_000;
    const ask = async (id: typeof OTHER_ID): Promise<Lookup<unknown>> =>
      keeper.findManagedDevice(id, asker());
    const waiting = [ask(OTHER_ID), ask(OTHER_ID)];
    expect(await ask(OTHER_ID)).toMatchObject({ ok: false, reason: 'overloaded' });
    expect(await find()).toMatchObject({ ok: true, source: 'cache' });
    await after(1_000, Promise.all(waiting));
    expect(await after(1_000, ask(ENTRA_ID))).toMatchObject({ ok: true });
  });
});

describe('ahead of expiry', () => {
  test('a device in use is asked about once in the last fifth of the lifetime, and nobody waits', async () => {
    await find();
    await pass(239_000);
    await find();
    expect(microsoft.calls).toHaveLength(1);
    await pass(32_000);
    microsoft.delayMs = 2_000;
    const answers = await Promise.all([find(), find(), find()]);
    expect(answers.map((answer) => answer.ok && answer.source)).toEqual(['cache', 'cache', 'cache']);
    expect(microsoft.calls).toHaveLength(2);
    await pass(2_000);
    expect(await find()).toMatchObject({ source: 'cache', fetchedAt: NOW + 273_000 });
    await pass(100_000);
    expect(await find()).toMatchObject({ source: 'cache', fetchedAt: NOW + 273_000 });
    expect(microsoft.calls).toHaveLength(2);
  });

  test('a failure changes nothing and is not repeated', async () => {
    await find();
    await pass(280_000);
    microsoft.says = () => OUTAGE;
    for (let count = 0; count < 5; count += 1) {
      expect(await find()).toMatchObject({ ok: true, source: 'cache', fetchedAt: NOW });
      await pass(1);
    }
    expect(microsoft.calls).toHaveLength(2);
  });

  test('a bug behind it is nobody’s either', async () => {
    await find();
    await pass(280_000);
    microsoft.says = () => {
      throw new TypeError('a bug');
    };
    expect(await find()).toMatchObject({ source: 'cache' });
    await pass(1);
    expect(microsoft.calls).toHaveLength(2);
  });

  test('a leaving asker does not end it', async () => {
    await find();
    await pass(280_000);
    microsoft.delayMs = 1_000;
    await find();
    const leaving = new AbortController();
    const rechecking = find({ maxAnswerAgeMs: 0, signal: leaving.signal });
    leaving.abort();
    await rechecking;
    await pass(1_000);
    expect([microsoft.calls.length, microsoft.aborted]).toEqual([2, 0]);
    expect(await find()).toMatchObject({ source: 'cache', fetchedAt: NOW + 281_000 });
  });

  test('of many, at most 64 are asked about at once', async () => {
    const ids = Array.from(
      { length: 100 },
      (_, index) => `${String(index).padStart(8, '0')}${DEVICE_ID.slice(8)}`,
    );
    const askAll = (): Promise<unknown> =>
      Promise.all(ids.map(async (id) => keeper.findManagedDevice(id as typeof DEVICE_ID, asker())));
    microsoft.says = (call) => managedDevice({ id: call.slice(7) as typeof DEVICE_ID });
    await askAll();
    await pass(280_000);
    microsoft.delayMs = 100;
    await askAll();
    expect(microsoft.calls).toHaveLength(164);
    await pass(100);
    await askAll();
    expect(microsoft.calls).toHaveLength(200);
    await pass(100);
  });
});

describe('a recheck', () => {
  test('goes past memory, and its answer is remembered', async () => {
    await find();
    microsoft.says = () => NONCOMPLIANT;
    expect(await find({ recheck: true })).toMatchObject({
      source: 'graph',
      value: { complianceState: 'noncompliant' },
    });
    expect(await find()).toMatchObject({ source: 'cache', value: { complianceState: 'noncompliant' } });
  });

  test('is granted once in ten seconds to each device; beyond it memory answers and says so', async () => {
    await find({ recheck: true });
    await pass(9_999);
    const again = await find({ recheck: true });
    expect(again).toMatchObject({ source: 'cache', warning: { reason: 'recheckTooSoon' } });
    expect(await keeper.findManagedDevice(OTHER_ID, asker({ recheck: true }))).toMatchObject({
      source: 'graph',
    });
    await pass(1);
    expect(await find({ recheck: true })).toMatchObject({ source: 'graph' });
    expect(microsoft.calls).toHaveLength(3);
  });

  test('beyond it, what is not remembered is asked as ever', async () => {
    microsoft.says = () => OUTAGE;
    await find({ recheck: true });
    microsoft.says = () => COMPLIANT;
    expect(await find({ recheck: true })).toMatchObject({ source: 'graph' });
  });

  test('does not join a question that was sent before it', async () => {
    microsoft.delayMs = 100;
    const before = find();
    await pass(50);
    const recheck = find({ recheck: true });
    expect(microsoft.calls).toHaveLength(2);
    expect(await after(50, before)).toMatchObject({ fetchedAt: NOW + 100 });
    expect(await after(50, recheck)).toMatchObject({ fetchedAt: NOW + 150 });
    expect(await find()).toMatchObject({ source: 'cache', fetchedAt: NOW + 150 });
  });

  test('that fails in an outage leaves what is remembered, with the cause', async () => {
    await find();
    microsoft.says = () => OUTAGE;
    expect(await find({ recheck: true })).toMatchObject({
      ok: true,
      source: 'cache',
      warning: { reason: 'upstreamUnavailable' },
    });
  });

  test('that is refused for good is a failure', async () => {
    await find();
    microsoft.says = () => failure('permissionMissing');
    expect(await find({ recheck: true })).toMatchObject({ ok: false, reason: 'permissionMissing' });
  });
});

describe('in an outage', () => {
  const OUTAGE_REASONS: readonly UpstreamReason[] = [
    'throttled',
    'upstreamUnreachable',
    'upstreamUnavailable',
    'timeout',
    'credentialExpired',
  ];
  const OTHER_REASONS: readonly UpstreamReason[] = [
    'credentialRejected',
    'appNotFound',
    'tenantNotFound',
    'userCredentialRejected',
    'secondFactorRequired',
    'consentMissing',
    'permissionMissing',
    'licenceOrRoleMissing',
    'malformedAnswer',
    'requestRefused',
  ];

  test.each(OUTAGE_REASONS)('%s: an old answer stands in, and the cause is told', async (reason) => {
    await find();
    vi.setSystemTime(NOW + 300_000);
    microsoft.says = () => failure(reason, 'why');
    expect(await find()).toMatchObject({
      ok: true,
      source: 'staleCache',
      fetchedAt: NOW,
      value: { complianceState: 'compliant' },
      warning: { reason, detail: 'why' },
    });
  });

  test.each(OTHER_REASONS)('%s is none: no old answer stands in', async (reason) => {
    await find();
    vi.setSystemTime(NOW + 300_000);
    microsoft.says = () => failure(reason);
    expect(await find()).toMatchObject({ ok: false, reason });
  });

  test('it stands in until it is 900 seconds old, and not one longer', async () => {
    await find();
    microsoft.says = () => OUTAGE;
    vi.setSystemTime(NOW + 899_999);
    expect(await find()).toMatchObject({ source: 'staleCache', fetchedAt: NOW });
    vi.setSystemTime(NOW + 900_000);
    expect(await find()).toMatchObject({ ok: false, reason: 'upstreamUnavailable' });
  });

  test('a state that is not compliant stands in, too', async () => {
    microsoft.says = () => NONCOMPLIANT;
    await find();
    vi.setSystemTime(NOW + 30_000);
    microsoft.says = () => OUTAGE;
    expect(await find()).toMatchObject({ source: 'staleCache', value: { complianceState: 'noncompliant' } });
  });

  test('that nobody knows the device never stands in', async () => {
    microsoft.says = () => undefined;
    await find();
    vi.setSystemTime(NOW + 15_000);
    microsoft.says = () => OUTAGE;
    expect(await find()).toMatchObject({ ok: false });
  });

  test('who wants no old answers gets none', async () => {
    keeper = testKeeper(microsoft, { lifetimes: { ...LIFETIMES, staleMs: 0 } });
    await find();
    vi.setSystemTime(NOW + 300_000);
    microsoft.says = () => OUTAGE;
    expect(await find()).toMatchObject({ ok: false });
  });

  test('the limit of a node holds in an outage, too', async () => {
    await find();
    vi.setSystemTime(NOW + 400_000);
    microsoft.says = () => OUTAGE;
    expect(await find({ maxAnswerAgeMs: 400_000 })).toMatchObject({ ok: false });
    expect(await find({ maxAnswerAgeMs: 400_001 })).toMatchObject({ source: 'staleCache' });
  });

  test('with a lifetime of 0 every decision asks, and only an outage brings the old answer back', async () => {
    keeper = testKeeper(microsoft, { lifetimes: { ...LIFETIMES, compliantMs: 0 } });
    await find();
    expect(await find()).toMatchObject({ source: 'graph' });
    microsoft.says = () => OUTAGE;
    expect(await find()).toMatchObject({ source: 'staleCache' });
  });

  test('the old answer comes before the deadline, also when nobody answers at all', async () => {
    await find();
    vi.setSystemTime(NOW + 300_000);
    microsoft.delayMs = 60_000;
    const found = find();
    await pass(7_749);
    let settled = false;
    void found.then(() => (settled = true));
    await pass(0);
    expect(settled).toBe(false);
    expect(await after(1, found)).toMatchObject({ source: 'staleCache', warning: { reason: 'timeout' } });
    await pass(60_000);
  });

  test('it is over with the first answer', async () => {
    await find();
    vi.setSystemTime(NOW + 400_000);
    microsoft.says = () => OUTAGE;
    expect(await find()).toMatchObject({ source: 'staleCache' });
    microsoft.says = () => NONCOMPLIANT;
    expect(await find()).toMatchObject({ source: 'graph', value: { complianceState: 'noncompliant' } });
    vi.setSystemTime(NOW + 500_000);
    microsoft.says = () => OUTAGE;
    expect(await find()).toMatchObject({ source: 'staleCache', value: { complianceState: 'noncompliant' } });
  });
});

describe('what is newest counts', () => {
  const findAll = (): Promise<Lookup<ManagedDevice | undefined>> => find({ properties: 'all' });
  const findByEntra = async (): Promise<Lookup<readonly ManagedDevice[]>> =>
    keeper.findManagedDevicesByEntraId(ENTRA_ID, asker());

  test.each([
    ['not compliant', NONCOMPLIANT],
    ['being wiped', managedDevice({ managementState: 'wipeIssued' })],
    ['unknown', undefined],
  ])(
    'a device that turns out %s by one question is compliant by no older answer to another',
    async (_name, said) => {
      await find();
      await findByEntra();
      microsoft.says = (call) => (call.startsWith('intune') ? said : said === undefined ? [] : [said]);
      await findAll();
      expect(await find()).toMatchObject({ source: 'graph' });
      expect(await findByEntra()).toMatchObject({ source: 'graph' });
      microsoft.says = () => OUTAGE;
      vi.setSystemTime(NOW + 20_000);
      const stale = await find();
      expect(
        stale.ok && stale.value?.complianceState === 'compliant' && stale.value.managementState === 'managed',
      ).toBe(false);
    },
  );

  test('the same the other way round: by Entra id, then by Intune id', async () => {
    await find();
    microsoft.says = (call) => (call.startsWith('intune') ? NONCOMPLIANT : [NONCOMPLIANT]);
    await findByEntra();
    expect(await find()).toMatchObject({ source: 'graph', value: { complianceState: 'noncompliant' } });
  });

  test('a list that has become empty outdates what one of its devices said', async () => {
    await find();
    microsoft.says = (call) => (call.startsWith('entra') ? [] : undefined);
    await findByEntra();
    expect(await find()).toMatchObject({ source: 'graph', value: undefined });
  });

  test('an id that is unknown to Intune may well be good in Entra', async () => {
    microsoft.says = (call) => (call.startsWith('entra') ? [COMPLIANT] : undefined);
    const both = async (): Promise<void> => {
      await keeper.findManagedDevice(ENTRA_ID, asker());
      await findByEntra();
    };
    await both();
    await pass(20_000);
    await both();
    // That it is no Intune id was forgotten, the list was not.
    expect(microsoft.calls).toEqual([`intune ${ENTRA_ID}`, `entra ${ENTRA_ID}`, `intune ${ENTRA_ID}`]);
  });

  test('a good answer leaves the others alone', async () => {
    await find();
    await findAll();
    expect(await find()).toMatchObject({ source: 'cache' });
  });

  test('an answer that crossed with a worse one is given, but not remembered', async () => {
    microsoft.delayMs = 100;
    const slow = find();
    await pass(50);
    microsoft.delayMs = 10;
    microsoft.says = () => NONCOMPLIANT;
    await after(10, findAll());
    microsoft.says = () => COMPLIANT;
    expect(await after(40, slow)).toMatchObject({ source: 'graph' });
    microsoft.delayMs = 0;
    expect(await find()).toMatchObject({ source: 'graph' });
  });
});

describe('invalidation', () => {
  test.each([
    ['Intune', DEVICE_ID],
    ['Entra', ENTRA_ID],
  ])('by %s id forgets the device, also for an outage', async (_name, id) => {
    await find();
    await keeper.findManagedDevicesByEntraId(ENTRA_ID, asker());
    keeper.invalidate(id);
    microsoft.says = () => OUTAGE;
    expect(await find()).toMatchObject({ ok: false });
    expect(await keeper.findManagedDevicesByEntraId(ENTRA_ID, asker())).toMatchObject({ ok: false });
  });

  test('of one device leaves the others', async () => {
    await keeper.findManagedDevice(OTHER_ID, asker());
    microsoft.says = () => managedDevice({ id: OTHER_ID, azureADDeviceId: undefined });
    keeper = testKeeper(microsoft);
    await keeper.findManagedDevice(OTHER_ID, asker());
    keeper.invalidate(DEVICE_ID);
    expect(await keeper.findManagedDevice(OTHER_ID, asker())).toMatchObject({ source: 'cache' });
  });

  test('reaches questions under way: who asks later asks anew, and the early answer is not kept', async () => {
    microsoft.delayMs = 100;
    const early = find();
    await pass(50);
    keeper.invalidate(DEVICE_ID);
    const late = find();
    expect(microsoft.calls).toHaveLength(2);
    expect(await after(50, early)).toMatchObject({ ok: true, fetchedAt: NOW + 100 });
    expect(await after(50, late)).toMatchObject({ ok: true, fetchedAt: NOW + 150 });
    expect(await find()).toMatchObject({ source: 'cache', fetchedAt: NOW + 150 });
  });

  test('of everything', async () => {
    await find();
    await keeper.listDetectedApps(OTHER_ID, asker());
    keeper.invalidateAll();
    expect(await find()).toMatchObject({ source: 'graph' });
    expect(await keeper.listDetectedApps(OTHER_ID, asker())).toMatchObject({ source: 'graph' });
  });
});
