import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeBase32 } from '../../src/identity/oath/base32.ts';
import { startSmtpServer, type TestSmtpServer } from '../mail/smtpServer.ts';
import { FAILURE, journeyFile, LOGIN, SUCCESS, type NodeFixture } from '../support/journeyFixtures.ts';
import { totpAt } from '../support/testPeople.ts';
import { configWith, createGateFolder, type GateFolder } from './gateFolder.ts';
import { runGate, type Run } from './runGate.ts';

const PASSWORD = 'a password of eight or more';
const ENVIRONMENT = { GATE_SECRET: 'v', STATE_KEY: '0123456789abcdef0123456789abcdef' };

const after = (nodes: Readonly<Record<string, NodeFixture>>) => ({
  nodes: {
    page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'check' } },
    check: { type: 'DataStoreDecisionNode', to: { true: 'next', false: FAILURE } },
    ...nodes,
  },
});

let folder: GateFolder;
let smtp: TestSmtpServer;
let config = '';
let journeys = '';
beforeAll(async () => {
  smtp = await startSmtpServer();
  folder = createGateFolder();
  mkdirSync(join(folder.path, 'state'), { mode: 0o700 });
  folder.file('mail-ca.pem', smtp.caPem);
  config = folder.config({
    ...configWith({
      tenantId: 'contoso.example',
      clientId: '00000000-0000-4000-8000-0000000000c1',
      credential: { kind: 'clientSecret', clientSecret: { env: 'GATE_SECRET' } },
    }),
    identity: {
      store: { kind: 'file', file: 'users.yaml' },
      state: { folder: 'state', key: { env: 'STATE_KEY' } },
    },
    mail: { servers: [{ host: '127.0.0.1', port: smtp.port, caFile: 'mail-ca.pem' }] },
  });
  journeys = folder.file(
    'journeys.json',
    journeyFile({
      Totp: after({
        next: {
          type: 'OathTokenVerifierNode',
          to: { successOutcome: SUCCESS, failureOutcome: FAILURE, notRegisteredOutcome: FAILURE },
        },
      }),
      Register: after({
        next: {
          type: 'OathRegistrationNode',
          config: { generateRecoveryCodes: false },
          to: { successOutcome: SUCCESS, failureOutcome: FAILURE },
        },
      }),
      Mail: after({
        next: { type: 'OneTimePasswordGeneratorNode', to: { outcome: 'send' } },
        send: {
          type: 'OneTimePasswordSmtpSenderNode',
          config: {
            hostName: '127.0.0.1',
            hostPort: smtp.port,
            sslOption: 'START_TLS',
            fromEmailAddress: 'gate@contoso.example',
          },
          to: { outcome: 'collect' },
        },
        collect: { type: 'OneTimePasswordCollectorDecisionNode', to: { true: SUCCESS, false: FAILURE } },
      }),
    }).content,
  );
  await gate(['users', 'add', 'anna', '--attribute', 'mail=anna@contoso.example'], PASSWORD);
});
afterAll(async () => {
  await smtp.close();
  folder.remove();
});

const gate = (args: readonly string[], input = ''): Promise<Run> =>
  runGate([...args, '--config', config], { input, environment: ENVIRONMENT });
const run = (journey: string, ...lines: readonly string[]): Promise<Run> =>
  gate(['journey', 'run', journeys, '--tree', journey], ['anna', PASSWORD, ...lines].join('\n'));

test('a device of `users otp add` signs in, in the gate that a configuration describes', async () => {
  const { out } = await gate(['users', 'otp', 'add', 'anna']);
  const secret = decodeBase32(new URL(out.trim()).searchParams.get('secret') ?? '') ?? Buffer.alloc(0);
  expect((await run('Totp', '000000', '0')).exitCode).toBe(1);
  const code = totpAt(Date.now(), secret);
  expect((await run('Totp', code, '0')).exitCode).toBe(0);
  expect((await run('Totp', code, '0')).exitCode).toBe(1);
});

test('a terminal shows the URI of a registration, and is not asked for what is hidden', async () => {
  const { exitCode, err } = await run('Register', '0', '000000', '0', '000000', '0');
  expect(exitCode).toBe(2);
  expect(err).toMatch(/otpauth:\/\/totp\/ForgeRock:anna\?secret=[A-Z2-7]{32}&/);
  expect(err).toContain('That code is not right.');
  expect(err).not.toContain('HiddenValueCallback:');
});

test('a code leaves by the configured mail server', async () => {
  expect((await run('Mail', '00000000')).exitCode).toBe(1);
  expect(smtp.received).toMatchObject([{ to: ['anna@contoso.example'], isSecure: true }]);
});
