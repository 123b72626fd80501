import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { changed, parseProblems, SECRET, thrownProblems } from './testConfig.ts';

const GOOD = { name: 'siem', url: 'https://siem.example/events', spoolFolder: 'spool' };
const CAEP = { ...GOOD, name: 'caep', spoolFolder: 'other', issuer: 'https://gate.example', audience: ['a'] };

let folder: GateFolder;
beforeAll(() => {
  folder = createGateFolder();
  folder.file('long.key', 'k'.repeat(32));
  folder.file('short.key', 'k'.repeat(31));
  folder.file(
    'rsa.key',
    generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
  folder.file(
    'small.key',
    generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
});
afterAll(() => folder.remove());

const load = (events: unknown) =>
  loadConfig(folder.config(changed(['events'], events)), { GATE_SECRET: SECRET }).events;
const problems = (events: unknown) => thrownProblems(() => load(events));

describe('events', () => {
  test('are off unless there is a section, and then bounded by themselves', () => {
    expect(load(undefined)).toBeUndefined();
    expect(load({})).toMatchObject({
      source: 'urn:intune-gate',
      userNames: { as: 'omitted' },
      file: undefined,
      stdout: false,
      history: { devices: 20_000, runs: 50, keepMs: 30 * 86_400_000 },
    });
    expect(load({ history: 'off' })?.history).toBeUndefined();
  });

  test('are read with every key, and the keys stay out of what leaves', () => {
    const config = loadConfig(
      folder.config(
        changed(['events'], {
          file: { path: 'audit.jsonl', key: { file: 'long.key' }, rotateMiB: 0.5 },
          webhooks: [{ ...GOOD, secret: { file: 'long.key' } }],
          securityEvents: [{ ...CAEP, signingKeyFile: 'rsa.key' }],
          userNames: 'pseudonyms',
          pseudonymKey: { file: 'long.key' },
        }),
      ),
      { GATE_SECRET: SECRET },
    );
    expect(config.events).toMatchObject({
      file: { path: `${folder.path}/audit.jsonl`, rotateBytes: 524_288, sync: 'everySecond' },
      webhooks: [{ spoolFolder: `${folder.path}/spool`, spoolBytes: 268_435_456 }],
    });
    expect(config.secrets).toContain('k'.repeat(32));
    expect(config.secrets.some((value) => value.includes('PRIVATE KEY'))).toBe(true);
  });

  test.each([
    [{ file: { path: 'nowhere/audit.jsonl' } }, 'events.file.path: is in a folder that is not there'],
    [
      { file: { path: 'a.jsonl', key: { file: 'short.key' } } },
      'events.file.key: is too short; it needs at least 32 characters',
    ],
    [{ userNames: 'pseudonyms' }, 'events.pseudonymKey: is missing: without a key, anybody could try names'],
    [{ pseudonymKey: { file: 'long.key' } }, 'events.pseudonymKey: is for `userNames: pseudonyms`'],
    [
      { webhooks: [GOOD, { ...GOOD, name: 'two' }] },
      'events.webhooks.1.spoolFolder: is the folder of another receiver',
    ],
    [
      { webhooks: [GOOD, { ...GOOD, spoolFolder: 'b' }] },
      'events.webhooks.1.name: another receiver has this name',
    ],
    [
      { webhooks: [{ ...GOOD, name: 'file' }] },
      'events.webhooks.0.name: is taken: the log and stdout are called so',
    ],
    [
      { securityEvents: [CAEP] },
      'events.securityEvents.0.signingKeyFile: is missing, and no key of sessions is configured either',
    ],
    [
      { securityEvents: [{ ...CAEP, signingKeyFile: 'small.key' }] },
      'events.securityEvents.0.signingKeyFile: names a file that is no PEM private key of RSA (2,048 bits), P-256 or Ed25519',
    ],
  ])('%j: %s', (events, problem) => {
    expect(problems(events)).toEqual([problem]);
  });

  test.each([
    'http://siem.example/events',
    'https://user:secret@siem.example/',
    'https://siem.example/#part',
    'ftp://siem.example/',
    'siem.example',
  ])('go to no such place as %s', (url) => {
    const [problem] = parseProblems(changed(['events'], { webhooks: [{ ...GOOD, url }] }));
    expect(problem).toContain('events.webhooks.0.url: must be an https URL');
  });

  test.each(['http://127.0.0.1:9000/', 'http://localhost/hook', 'http://[::1]:9000/'])(
    'may go to %s on this machine',
    (url) => {
      expect(parseProblems(changed(['events'], { webhooks: [{ ...GOOD, url }] }))).toEqual([]);
    },
  );

  test('that nobody may read the history of are no fault, but a right without a history is said', () => {
    const file = folder.config(changed(['callers', 0, 'history'], 'read'));
    const { warnings } = loadConfig(file, { GATE_SECRET: SECRET });
    expect(warnings.map(({ path, message }) => `${path.join('.')}: ${message}`)).toContain(
      'callers.0.history: is of no use: no history is kept',
    );
  });
});
