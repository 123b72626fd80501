import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { fleetId } from '../../src/simulator/fleet.ts';
import { freePort } from './freePort.ts';
import { findProgram } from './program.ts';
import { createRedisServer, GATE_PASSWORD, GATE_USER, type RedisServer } from './redisServer.ts';
import { untilListening } from './untilListening.ts';

const redisProgram = findProgram('redis-server', 'redis-server');
const haproxy = findProgram('haproxy', 'haproxy');
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const API_KEY = 'igk-a-key-for-the-load-of-this-test-of-replicas-0001';
const DEVICES = 40;
const AT_ONCE = 8;

describe.skipIf(redisProgram === undefined || haproxy === undefined)(
  'three replicas behind HAProxy, under load',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'intune-gate-load-'));
    const children = new Set<ChildProcess>();
    let server: RedisServer;
    let ports: readonly number[] = [];
    let front = 0;
    const gates: ChildProcess[] = [];

    const run = (program: string, args: readonly string[]): ChildProcess => {
      const child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.add(child);
      return child;
    };
    const runGate = (args: readonly string[]): ChildProcess =>
      run(process.execPath, ['--import', 'tsx', MAIN, ...args]);
    const kill = async (child: ChildProcess | undefined): Promise<void> => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    };
    const startGate = (index: number): void => {
      gates[index] = runGate(['serve', '--config', join(folder, `gate-${index}`, 'gate.yaml')]);
      gates[index].stdout?.resume();
    };

    beforeAll(async () => {
      server = await createRedisServer(redisProgram ?? '', folder);
      await server.start();
      const caFile = join(folder, 'ca.pem');
      const simulator = runGate([
        'simulate',
        '--json',
        '--port',
        '0',
        '--devices',
        '100',
        '--ca-file',
        caFile,
      ]);
      const facts = await firstLine(simulator);
      ports = [await freePort(), await freePort(), await freePort()];
      ports.forEach((port, index) => {
        const home = join(folder, `gate-${index}`);
        mkdirSync(home);
        const secret = (name: string, text: string): { file: string } => {
          writeFileSync(join(home, name), text, { mode: 0o600 });
          return { file: name };
        };
        const config = {
          listen: { host: '127.0.0.1', port },
          log: { level: 'silent' },
          tenants: {
            default: {
              tenantId: facts['tenantId'],
              clientId: facts['clientId'],
              credential: {
                kind: 'clientSecret',
                clientSecret: secret('secret', String(facts['clientSecret'])),
              },
              authority: facts['authority'],
              graph: facts['graph'],
              caFile,
              proxy: 'none',
            },
          },
          // Short, so that Microsoft and Redis are asked all the time.
          answers: { compliantSeconds: 1, otherSeconds: 1, notFoundSeconds: 1 },
          nodes: {
            default: { deviceId: [{ source: 'header', name: 'x-intune', idKind: 'intune', from: ['load'] }] },
          },
          callers: [
            {
              name: 'load',
              apiKeySha256: [createHash('sha256').update(API_KEY).digest('hex')],
              nodes: ['default'],
            },
          ],
          redis: {
            url: `redis://127.0.0.1:${server.port}`,
            username: GATE_USER,
            password: secret('password', GATE_PASSWORD),
            key: secret('key', 'k'.repeat(40)),
            replicas: 3,
          },
        };
        writeFileSync(join(home, 'gate.yaml'), stringify(config));
        startGate(index);
      });
      front = await freePort();
      const file = join(folder, 'haproxy.cfg');
      writeFileSync(
        file,
        [
          'defaults',
          '  mode http',
          '  timeout connect 1s',
          '  timeout client 20s',
          '  timeout server 20s',
          '  retries 3',
          '  option redispatch',
          '  retry-on conn-failure',
          'listen gates',
          `  bind 127.0.0.1:${front}`,
          '  balance roundrobin',
          '  option httpchk GET /readyz',
          '  default-server check inter 200ms fall 2 rise 1',
          ...ports.map((port, index) => `  server gate${index} 127.0.0.1:${port}`),
          '',
        ].join('\n'),
      );
      run(haproxy ?? '', ['-f', file, '-db']);
      // The first time, the sources are compiled.
      for (const port of [front, ...ports, ...ports]) await untilListening(port).catch(() => undefined);
      // HAProxy looks for itself.
      await sleep(1_000);
    }, 90_000);
    afterAll(async () => {
      await Promise.all([...children].map(kill));
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    async function decide(device: number): Promise<string> {
      try {
        const answer = await fetch(`http://127.0.0.1:${front}/v1/decisions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            node: 'default',
            request: { headers: { 'x-intune': fleetId('c', device + 1) } },
          }),
        });
        const body = (await answer.json()) as { readonly outcome?: string };
        return answer.status === 200 ? (body.outcome ?? 'none') : `lost ${answer.status}`;
      } catch {
        return 'lost unanswered';
      }
    }

    test('replicas and Redis are killed and come back: no outcome is wrong, none but those under way are lost', async () => {
      const right = await Promise.all(Array.from({ length: DEVICES }, (_, device) => decide(device)));
      expect(right.filter((outcome) => outcome.startsWith('lost'))).toEqual([]);
      expect(new Set(right).size).toBeGreaterThan(1);
      const seen = { right: 0, wrong: 0, lost: 0 };
      const loading = { on: true };
      const load = Array.from({ length: AT_ONCE }, async (_, start) => {
        for (let device = start; loading.on; device = (device + 1) % DEVICES) {
          const outcome = await decide(device);
          if (outcome.startsWith('lost')) seen.lost += 1;
          else if (outcome === right[device]) seen.right += 1;
          else seen.wrong += 1;
        }
      });
      const kills = 2;
      await sleep(1_000);
      await kill(gates[0]);
      await sleep(1_000);
      await server.signal('SIGKILL');
      await sleep(1_500);
      startGate(0);
      await server.start();
      await untilListening(ports[0] ?? 0);
      await sleep(500);
      await server.signal('SIGSTOP');
      await sleep(1_000);
      await server.signal('SIGCONT');
      await kill(gates[1]);
      await sleep(1_000);
      loading.on = false;
      await Promise.all(load);
      process.stderr.write(
        `under load: ${seen.right} right, ${seen.wrong} wrong, ${seen.lost} lost of at most ${AT_ONCE * kills} under way\n`,
      );
      expect(seen.wrong).toBe(0);
      expect(seen.lost).toBeLessThanOrEqual(AT_ONCE * kills);
      expect(seen.right).toBeGreaterThan(500);
    });
  },
);

async function firstLine(child: ChildProcess): Promise<Readonly<Record<string, unknown>>> {
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume();
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  }
  throw new Error('the simulator said nothing');
}
