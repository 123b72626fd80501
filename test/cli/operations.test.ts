import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { GATE_KEYS, startOperationsGate, type OperationsGate } from '../support/operationsGate.ts';
import { runGate, type Run } from './runGate.ts';

let gate: OperationsGate;
beforeAll(async () => {
  gate = await startOperationsGate();
});
afterAll(() => gate.close());

const as = (who: keyof typeof GATE_KEYS, args: readonly string[], input?: string): Promise<Run> =>
  runGate(args, {
    environment: { INTUNE_GATE_URL: gate.origin, INTUNE_GATE_KEY: GATE_KEYS[who] },
    ...(input === undefined ? {} : { input }),
  });
const parse = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const DEVICE = deviceIds.compliant;

describe('devices', () => {
  test('are listed as a table, and page after page as JSON', async () => {
    const table = await as('reader', ['devices', 'list', '--page-size', '3']);
    expect(table).toMatchObject({ exitCode: 0, err: '' });
    expect(table.out).toMatch(/^id +device_name +operating_system/);
    expect(table.out).toMatch(/^cursor: [\w-]+$/m);
    const all = await as('reader', ['devices', 'list', '--page-size', '5', '--all', '--json']);
    const pages = all.out.trim().split('\n').map(parse);
    expect(pages.length).toBeGreaterThan(3);
    expect(
      new Set(pages.flatMap((page) => (page['devices'] as { id: string }[]).map(({ id }) => id))).size,
    ).toBe(gate.simulator.world.devices.size);
  });

  test('a list that breaks off says where to go on', async () => {
    const fault = { kind: 'status', status: 403, body: 'nested' } as const;
    gate.simulator.world.faults.push({ id: 'f', match: { endpoint: 'managedDevices' }, skip: 1, fault });
    const run = await as('reader', ['devices', 'list', '--page-size', '5', '--all', '--json']);
    gate.simulator.world.faults.length = 0;
    expect(run.exitCode).toBe(3);
    expect(run.err).toContain('reason: permissionMissing');
    const [, cursor = ''] = /--cursor ([\w-]+)/.exec(run.err) ?? [];
    const rest = await as('reader', ['devices', 'list', '--page-size', '5', '--cursor', cursor, '--json']);
    expect(rest).toMatchObject({ exitCode: 0 });
  });

  test('are found, explained and judged', async () => {
    expect((await as('reader', ['devices', 'show', DEVICE])).out).toContain('serial_number: SN-000001');
    const found = await as('reader', [
      'devices',
      'find',
      '--device-id',
      DEVICE,
      '--device-id',
      deviceIds.conflict,
      '--json',
    ]);
    expect(parse(found.out)['devices']).toHaveLength(2);
    expect(await as('ann', ['devices', 'decide', DEVICE])).toMatchObject({ exitCode: 0 });
    expect(await as('ann', ['devices', 'decide', deviceIds.noncompliant])).toMatchObject({ exitCode: 1 });
    expect((await as('ann', ['devices', 'explain', deviceIds.noncompliant])).out).toContain('remedy: ');
    expect((await as('reader', ['groups', 'find', '--display-name', 'Staff'])).out).toContain('Staff');
  });
});

describe('changes', () => {
  test('one asks, another one looks, says yes, and it is done', async () => {
    const asked = await as('ann', ['devices', 'lock', DEVICE, '--reason', 'it was lost', '--json']);
    expect(asked.exitCode).toBe(0);
    const { id, state } = parse(asked.out);
    expect(state).toBe('pendingApproval');
    expect((await as('bob', ['approvals', 'list'])).out).toContain(String(id));
    expect(await as('ann', ['approvals', 'approve', String(id)], 'yes\n')).toMatchObject({ exitCode: 1 });
    const no = await as('bob', ['approvals', 'approve', String(id)], 'y\n');
    expect(no).toMatchObject({ exitCode: 1, out: '' });
    expect(no.err).toMatch(/device_name: "LAPTOP-ACARTER"[^]*Nothing was approved/);
    const yes = await as('bob', ['approvals', 'approve', String(id), '--json'], 'yes\n');
    expect(yes.exitCode).toBe(0);
    expect(parse(yes.out)).toMatchObject({ state: 'sent', decided_by: 'bob' });
    expect((await as('ann', ['operations', 'show', String(id)])).out).toMatch(/progress:\n {2}state: done/);
    expect(await as('bob', ['approvals', 'approve', String(id)], 'yes\n')).toMatchObject({ exitCode: 1 });
  });

  test('a code is asked for, and appears nowhere', async () => {
    const run = await as(
      'ann',
      [
        'devices',
        'wipe',
        deviceIds.unknown,
        '--reason',
        'it was lost',
        '--macos-unlock-code',
        '--request-id',
        'wipe-cli-1',
      ],
      '123456\n',
    );
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.out).toContain('macos_unlock_code: [set]');
    expect(run.out + JSON.stringify(gate.events)).not.toContain('123456');
    const denied = await as('bob', ['approvals', 'deny', /^id: (.+)$/m.exec(run.out)?.[1] ?? '']);
    expect(denied.out).toContain('state: denied');
  });

  test('a dry run changes nothing, and a sync is done at once', async () => {
    const dry = await as('ann', ['devices', 'retire', DEVICE, '--reason', 'it was lost', '--dry-run']);
    expect(dry.out).toContain('state: dryRun');
    const sync = await as('ann', ['devices', 'sync', DEVICE, '--reason', 'to see']);
    expect(sync.out).toContain('state: sent');
  });
});

describe('mistakes', () => {
  test.each([
    [['devices'], 'say one of: list, find, show'],
    [['devices', 'explode', DEVICE], 'say one of'],
    [['devices', 'show'], 'say `devices show DEVICE_ID`'],
    [['devices', 'show', DEVICE, '--all'], '--all does not belong'],
    [['devices', 'show', DEVICE, '--colour', 'red'], '--colour'],
    [['approvals', 'approve'], 'say `list`'],
    [['approvals', 'deny', 'x', '--digest', 'y'], '--digest does not belong'],
    [['operations', 'show'], 'say `list` or `show ID`'],
  ])('%j is usage: exit code 2', async (args, words) => {
    const run = await as('ann', args);
    expect(run.exitCode).toBe(2);
    expect(run.err).toContain(words);
  });

  test('what the gate refuses is told with the place, and with an exit code of its kind', async () => {
    const wrong = await as('ann', ['devices', 'list', '--page-size', '5000']);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.err).toContain('/page_size');
    expect(await as('reader', ['devices', 'lock', DEVICE, '--reason', 'it was lost'])).toMatchObject({
      exitCode: 1,
    });
    expect(await as('reader', ['devices', 'show', '11111111-2222-4333-8444-555555555555'])).toMatchObject({
      exitCode: 1,
    });
  });

  test('without a gate, a key or an answer there is nothing to do', async () => {
    const list = ['devices', 'list'];
    const key = GATE_KEYS.ann;
    const run = (environment: Record<string, string>) => runGate(list, { environment });
    expect(await run({ INTUNE_GATE_KEY: key })).toMatchObject({ exitCode: 2 });
    expect(await run({ INTUNE_GATE_URL: gate.origin })).toMatchObject({ exitCode: 2 });
    expect((await run({ INTUNE_GATE_URL: 'http://gate.example', INTUNE_GATE_KEY: key })).err).toContain(
      'unencrypted',
    );
    expect(await run({ INTUNE_GATE_URL: 'http://127.0.0.1:9', INTUNE_GATE_KEY: key })).toMatchObject({
      exitCode: 3,
    });
    expect(await run({ INTUNE_GATE_URL: gate.origin, INTUNE_GATE_KEY: `${key}x` })).toMatchObject({
      exitCode: 2,
    });
  });

  test.each(['devices', 'groups', 'operations', 'approvals', 'mcp'])(
    'help for %s tells everything',
    async (name) => {
      const { out, exitCode } = await runGate([name, '--help']);
      expect(exitCode).toBe(0);
      expect(out).toContain('--key-file FILE');
      expect(out).toContain('Exit codes:');
    },
  );
});
