import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import type { Check } from '../../src/verify/check.ts';
import { configWith, simulatedTenant } from '../cli/gateFolder.ts';
import { runGate } from '../cli/runGate.ts';
import { createVerifyBench, type VerifyBench, type VerifyRun } from './verifyBench.ts';

let bench: VerifyBench;
beforeAll(async () => {
  bench = await createVerifyBench();
});
afterEach(() => {
  bench.simulator.reset();
});
afterAll(async () => {
  await bench.close();
});

function statuses({ checks }: VerifyRun): Record<string, Check['status']> {
  return Object.fromEntries(checks.map(({ name, status }) => [name, status]));
}

function findingOf({ checks }: VerifyRun, name: Check['name']): string {
  return checks.find((check) => check.name === name)?.finding ?? '';
}

describe('a good set-up', () => {
  test('is good from token to device', async () => {
    const run = await bench.verify();
    expect(run.exitCode).toBe(0);
    expect(statuses(run)).toEqual({
      token: 'good',
      permissions: 'good',
      device: 'good',
      tenantSettings: 'good',
    });
    expect(run.out).toMatch(/^Tenant default\n {2}ok {7}token: Entra gave a token\n/);
    expect(run.out).toMatch(
      /ok +permissions: application permissions: .*DeviceManagementManagedDevices\.Read\.All/,
    );
    expect(run.err).toBe('Checking tenant default …\n');
  });

  test('of a user is good, too', async () => {
    const run = await bench.verify({ tenant: { credential: bench.userCredential('gate') } });
    expect(run.exitCode).toBe(0);
    expect(findingOf(run, 'permissions')).toMatch(/^delegated permissions: /);
    expect(run.everything).not.toContain(bench.user('gate').password);
  });

  test('includes what the nodes need', async () => {
    const run = await bench.verify({
      node: { requireEnabledEntraDevice: true, saveInstalledApps: 'json' },
      args: ['--device-id', deviceIds.compliant],
    });
    expect(run.exitCode).toBe(0);
    expect(statuses(run)).toMatchObject({ entraDevice: 'good', installedApps: 'good' });
    expect(findingOf(run, 'installedApps')).toBe('Intune lists 6 apps for the device');
  });
});

describe('--device-id', () => {
  test('of a known device tells its state', async () => {
    const run = await bench.verify({ args: ['--device-id', deviceIds.noncompliant.toUpperCase()] });
    expect(run.exitCode).toBe(0);
    expect(findingOf(run, 'device')).toMatch(
      /^Intune knows the device: noncompliant, last check-in \d{4}-.*Z$/,
    );
  });

  test('may be the Entra id', async () => {
    const { azureADDeviceId } = bench.simulator.world.devices.get(deviceIds.conflict)?.properties ?? {};
    const run = await bench.verify({ args: ['--device-id', azureADDeviceId ?? ''] });
    expect(run.exitCode).toBe(0);
    expect(findingOf(run, 'device')).toMatch(/^Intune knows the device: conflict/);
  });

  test('of an unknown device is a failure with its cause', async () => {
    const run = await bench.verify({ args: ['--device-id', '00000000-0000-4000-8000-00000000dead'] });
    expect(run.exitCode).toBe(1);
    expect(run.checks.find(({ name }) => name === 'device')).toMatchObject({
      status: 'failed',
      reason: 'deviceNotFound',
    });
    expect(run.out).toMatch(/who: whoever gave you the id\n +to do: look the device up/);
  });

  test('that is no GUID is a usage mistake', async () => {
    const config = bench.folder.config(configWith(simulatedTenant(bench.simulator, bench.folder)));
    const run = await runGate(['verify', '--config', config, '--device-id', 'LAPTOP-7']);
    expect(run).toMatchObject({ exitCode: 2, out: '' });
    expect(run.err).toMatch(/--device-id must be a GUID/);
  });
});

describe('the switches of the tenant', () => {
  test('devices without a policy that count as compliant are a warning', async () => {
    bench.simulator.world.tenant.settings.secureByDefault = false;
    const run = await bench.verify();
    expect(run.exitCode).toBe(0);
    expect(statuses(run)['tenantSettings']).toBe('warning');
    expect(run.out).toMatch(
      /WARNING +tenantSettings: devices without any compliance policy count as compliant/,
    );
  });

  test('a long check-in threshold is a warning', async () => {
    bench.simulator.world.tenant.settings.deviceComplianceCheckinThresholdDays = 120;
    const run = await bench.verify();
    expect(run.exitCode).toBe(0);
    expect(findingOf(run, 'tenantSettings')).toMatch(/silent for 120 days .*maxCheckInAgeHours/);
  });

  test('both at once are told in one line', async () => {
    Object.assign(bench.simulator.world.tenant.settings, {
      secureByDefault: false,
      deviceComplianceCheckinThresholdDays: 90,
    });
    expect(findingOf(await bench.verify(), 'tenantSettings')).toMatch(
      /policy count as compliant.*; .*90 days/,
    );
  });

  test('that may not be read are skipped, not failed', async () => {
    bench.app().roles = ['DeviceManagementManagedDevices.Read.All'];
    const run = await bench.verify();
    expect(run.exitCode).toBe(0);
    expect(statuses(run)).toMatchObject({ permissions: 'good', device: 'good', tenantSettings: 'skipped' });
    expect(run.out).toMatch(
      /skipped +tenantSettings: .*DeviceManagementConfiguration\.Read\.All would allow it/,
    );
  });

  test('that cannot be read for another reason are a warning', async () => {
    bench.simulator.world.faults.push({
      id: 'settings',
      match: { endpoint: 'settings' },
      fault: { kind: 'status', status: 400 },
    });
    const run = await bench.verify();
    expect(run.exitCode).toBe(0);
    expect(statuses(run)['tenantSettings']).toBe('warning');
  });
});

describe('trouble that is not of the set-up', () => {
  test('exits with 3', async () => {
    bench.simulator.world.faults.push({
      id: 'outage',
      match: { endpoint: 'managedDevice' },
      fault: { kind: 'status', status: 501 },
    });
    const run = await bench.verify();
    expect(run.exitCode).toBe(3);
    expect(run.checks.find(({ status }) => status === 'failed')?.reason).toBe('upstreamUnavailable');
    expect(run.out).toMatch(/who: Microsoft; nobody here/);
  });

  test('beside something that must be fixed exits with 1', async () => {
    bench.app().roles = ['Device.Read.All'];
    bench.simulator.world.faults.push({
      id: 'outage',
      match: { endpoint: 'managedDevice' },
      fault: { kind: 'status', status: 501 },
    });
    expect((await bench.verify()).exitCode).toBe(1);
  });

  test('an answer that never comes ends with the time that was given', async () => {
    bench.simulator.world.faults.push({
      id: 'hang',
      match: { endpoint: 'managedDevice' },
      fault: { kind: 'hang' },
    });
    const started = performance.now();
    const run = await bench.verify({ args: ['--timeout', '0.5'] });
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(run.exitCode).toBe(3);
    expect(run.checks.find(({ status }) => status === 'failed')?.reason).toBe('timeout');
  });
});

describe('several tenants', () => {
  test('are all checked, or only the one that is named', async () => {
    const good = simulatedTenant(bench.simulator, bench.folder);
    const base = configWith(good);
    const config = bench.folder.config({
      ...base,
      tenants: { default: good, other: { ...good, clientId: '00000000-0000-4000-8000-00000000dead' } },
    });
    const all = await runGate(['verify', '-c', config]);
    expect(all.exitCode).toBe(1);
    expect(all.out).toMatch(/Tenant default\n.*token: Entra gave a token[^]*Tenant other\n.*FAILED/);
    expect((await runGate(['verify', '-c', config, '--tenant', 'default'])).exitCode).toBe(0);
    const unknown = await runGate(['verify', '-c', config, '--tenant', 'third']);
    expect(unknown).toMatchObject({ exitCode: 2, out: '' });
    expect(unknown.err).toMatch(/there is no tenant third/);
  });
});

describe('usage', () => {
  test.each([
    [[], /--config FILE is required/],
    [['--config', ''], /--config FILE is required/],
    [['--config', '/nowhere/gate.yaml'], /there is no such file/],
    [['--config', 'x', '--timeout', '0'], /--timeout is a number of seconds/],
    [['--config', 'x', '--timeout', 'soon'], /--timeout is a number of seconds/],
    [['--config', 'x', '--bogus'], /Unknown option '--bogus'/],
    [['x'], /Unexpected argument 'x'/],
  ])('%j', async (args, message) => {
    const run = await runGate(['verify', ...args]);
    expect(run).toMatchObject({ exitCode: 2, out: '' });
    expect(run.err).toMatch(message);
  });
});
