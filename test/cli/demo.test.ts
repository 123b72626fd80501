import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DemoFacts } from '../../src/cli/demo.ts';
import type { Decision } from '../../src/node/decision.ts';
import { OUTCOMES } from '../../src/outcomes/outcome.ts';
import { createGateFolder } from './gateFolder.ts';
import { endChildren, runChild, type Child } from './runChild.ts';
import { runGate } from './runGate.ts';

const execute = promisify(execFile);

/** What somebody gets who pastes the line into a shell. */
async function paste(line: string): Promise<Record<string, unknown>> {
  const { stdout } = await execute('sh', ['-c', line], { env: { PATH: process.env['PATH'] } });
  return JSON.parse(stdout) as Record<string, unknown>;
}

afterAll(endChildren);

describe('the guide of the demo', () => {
  let demo: Child;
  /** Each line under the comment above it. */
  let lines: ReadonlyMap<string, string>;

  beforeAll(async () => {
    await execute('curl', ['--version']).catch(() => {
      throw new Error('these tests paste lines for curl into a shell: install curl');
    });
    demo = runChild(['demo', '--port', '0']);
    await demo.waitFor('out', /Ctrl-C/);
    lines = new Map(
      [...demo.out().matchAll(/^# (.+)\n(curl .+)$/gm)].map(([, title = '', line = '']) => [title, line]),
    );
  });

  test('says where things are, and what it believes', () => {
    expect(demo.out()).toMatch(
      /^The gate listens on http:\/\/127\.0\.0\.1:\d+ and with TLS on https:\/\/127\.0\.0\.1:\d+, a stand-in for Microsoft on https:\/\/127\.0\.0\.1:\d+\.\n/,
    );
    expect(demo.out()).toMatch(/believes the header x-intune from anyone/);
    expect(demo.err()).toBe('');
  });

  test('has one line for each of the eight outcomes', () => {
    expect([...lines.keys()].slice(0, 8)).toEqual(OUTCOMES);
    expect(new Set(lines.values()).size).toBe(lines.size);
  });

  test.each(OUTCOMES)('its line for %s works when pasted', async (outcome) => {
    expect(await paste(lines.get(outcome) ?? '')).toMatchObject({ outcome });
  });

  test.each([
    'Asked by a proxy: may this request pass? 200 says yes, 403 no',
    'The device connects by itself, with its certificate',
  ])('its line "%s" works when pasted', async (title) => {
    const { stdout } = await execute('sh', ['-c', lines.get(title) ?? '']);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(stdout).toMatch(/x-device-outcome: Compliant\r\n/);
  });

  test('its line with a certificate works when pasted', async () => {
    const line = lines.get('Compliant, with the certificate of the device instead of a header');
    expect(await paste(line ?? '')).toMatchObject({ outcome: 'Compliant', deviceIdSource: 'certificate' });
  });

  test('its line that breaks a device works, and the first line then says so', async () => {
    const line = lines.get('Make the compliant device fail, then ask again with the first line');
    expect(await paste(line ?? '')).toMatchObject({ complianceState: 'noncompliant' });
    expect(await paste(lines.get('Compliant') ?? '')).toMatchObject({ outcome: 'NotCompliant' });
  });

  test('its journeys sign in with the device that is compliant, and with no other', async () => {
    const line =
      lines.get(
        'Sign in by the journey StrictCompliance, without a code, and only with a compliant device',
      ) ?? '';
    // The line before this one broke that device.
    expect(await paste(line)).toMatchObject({ code: 401 });
    const mend = (
      lines.get('Make the compliant device fail, then ask again with the first line') ?? ''
    ).replace('noncompliant', 'compliant');
    await paste(mend);
    const success = { tokenId: expect.any(String) as unknown, successUrl: '/', realm: '/' };
    expect(await paste(line)).toEqual(success);
    const withCode =
      lines.get(
        'Sign in by the journey IntuneDeviceCompliance, with a compliant device: name and password, then a one-time code',
      ) ?? '';
    expect(await paste(withCode)).toEqual(success);
    expect(await paste(withCode)).toMatchObject({ authId: expect.any(String) as unknown });
  });

  test('its configuration works with verify and decide', async () => {
    const [, configFile = ''] = /use with decide and verify: (.+)$/m.exec(demo.out()) ?? [];
    expect((await runGate(['verify', '--config', configFile])).exitCode).toBe(0);
    expect(
      (await runGate(['decide', '--config', configFile, '--context', '-'], { input: '{}' })).out,
    ).toMatch(/^NoId: /m);
  });

  test('SIGINT ends it with 0, and its folder is gone', async () => {
    const [, configFile = ''] = /use with decide and verify: (.+)$/m.exec(demo.out()) ?? [];
    expect(existsSync(configFile)).toBe(true);
    demo.signal('SIGINT');
    expect(await demo.ended).toBe(0);
    expect(demo.out()).toMatch(/\nStopped\.\n$/);
    expect(existsSync(dirname(configFile))).toBe(false);
  });
});

describe('demo --json', () => {
  let demo: Child;
  let facts: DemoFacts;
  beforeAll(async () => {
    demo = runChild(['demo', '--port', '0', '--json']);
    const [line] = await demo.waitFor('out', /^.*\n/);
    facts = JSON.parse(line) as DemoFacts;
  });

  test('prints one line with the contract of the ready line', () => {
    expect(demo.out().trim().split('\n')).toHaveLength(1);
    expect(facts).toMatchObject({
      gate: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      graph: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/) as string,
      authority: facts.graph,
      simulatorControl: { url: `${facts.graph}/control` },
    });
    for (const key of ['apiKey', 'caFile', 'tenantId', 'clientId', 'clientSecret', 'configFile'] as const) {
      expect(facts[key]).toMatch(/\S/);
    }
    expect(facts.journey).toBe('IntuneDeviceCompliance');
    expect(facts.users.length).toBeGreaterThanOrEqual(10);
    expect(new Set(facts.users.map(({ password }) => password)).size).toBe(facts.users.length);
    expect(new Set(facts.devices.map(({ expectedOutcome }) => expectedOutcome))).toEqual(
      new Set(OUTCOMES.filter((outcome) => outcome !== 'NoId')),
    );
    for (const { certificateFile, keyFile } of facts.devices) {
      expect(existsSync(certificateFile)).toBe(true);
      expect(existsSync(keyFile)).toBe(true);
    }
  });

  test('says of every device what the gate will say', async () => {
    const decisions = await Promise.all(
      facts.devices.map(async ({ id }) => {
        const response = await fetch(`${facts.gate}/v1/decisions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${facts.apiKey}`, 'content-type': 'application/json' },
          body: JSON.stringify({ request: { headers: { 'x-intune': [`CN=${id}`] } } }),
        });
        const { outcome } = (await response.json()) as Decision;
        return [id, outcome];
      }),
    );
    expect(decisions).toEqual(facts.devices.map(({ id, expectedOutcome }) => [id, expectedOutcome]));
  });

  test('SIGTERM ends it with 0 and without a word, and its folder is gone', async () => {
    demo.signal('SIGTERM');
    expect(await demo.ended).toBe(0);
    expect(demo.out().trim().split('\n')).toHaveLength(1);
    expect(demo.err()).toBe('');
    expect(existsSync(dirname(facts.configFile))).toBe(false);
  });
});

describe('a demo that is ended in the middle of its work', () => {
  const folder = createGateFolder();
  afterAll(() => {
    folder.remove();
  });

  /** Has Graph never answer. */
  function hang({ caFile, simulatorControl: { url, key } }: DemoFacts): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${url}/faults`,
        {
          method: 'POST',
          ca: readFileSync(caFile),
          agent: false,
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        },
        (response) => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0));
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify({ match: { endpoint: 'managedDevice' }, fault: { kind: 'hang' } }));
    });
  }

  test('by a second SIGTERM leaves no folder behind', async () => {
    const demo = runChild(['demo', '--port', '0', '--json'], { TMPDIR: folder.path });
    const [line] = await demo.waitFor('out', /^.*\n/);
    const facts = JSON.parse(line) as DemoFacts;
    expect(facts.configFile.startsWith(folder.path)).toBe(true);
    expect(await hang(facts)).toBe(201);
    const lost = fetch(`${facts.gate}/v1/decisions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${facts.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ request: { headers: { 'x-intune': [`CN=${facts.devices[0]?.id ?? ''}`] } } }),
    }).catch((error: unknown) => error);
    await delay(300);
    demo.signal('SIGTERM');
    await delay(300);
    demo.signal('SIGTERM');
    expect(await demo.ended).toBe(143);
    expect(await lost).toBeInstanceOf(Error);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('intune-gate'))).toEqual([]);
  });
});
