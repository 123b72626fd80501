import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createAskSecret, type SecretTerminal } from '../../src/cli/askSecret.ts';
import { composeIdentity, type IdentityParts } from '../../src/composeIdentity.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { decodeBase32 } from '../../src/identity/oath/base32.ts';
import { oathCode } from '../../src/identity/oath/oathCode.ts';
import { DEFAULT_TOTP_SETTINGS } from '../../src/identity/oath/oathSettings.ts';
import { createOathVerifier } from '../../src/identity/oathVerifier.ts';
import { createRecoveryCodeCheck } from '../../src/identity/recoveryCodeCheck.ts';
import { configWith, createGateFolder, type GateFolder } from './gateFolder.ts';
import { runGate, type Run } from './runGate.ts';

const PASSWORD = 'a password of eight or more';
const ENVIRONMENT = { GATE_SECRET: 'v', STATE_KEY: '0123456789abcdef0123456789abcdef' };
const SIGNAL = new AbortController().signal;

describe('users', () => {
  const folders: GateFolder[] = [];
  let folder: GateFolder;
  let config: string;
  afterAll(() => {
    for (const used of folders) used.remove();
  });
  beforeEach(() => {
    folder = createGateFolder();
    folders.push(folder);
    mkdirSync(join(folder.path, 'state'), { mode: 0o700 });
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
    });
  });

  const users = (args: readonly string[], input = ''): Promise<Run> =>
    runGate(['users', ...args, '--config', config], { input, environment: ENVIRONMENT });
  const parts = (): IdentityParts => {
    const { identity } = loadConfig(config, ENVIRONMENT);
    if (identity === undefined) throw new Error('no identity');
    return composeIdentity(identity);
  };
  const login = async (password: string): Promise<string> =>
    (await parts().store.verifyPassword('anna', password, SIGNAL)).is;

  test('add makes an account that can log in, in a file for its owner alone', async () => {
    const run = await users(
      ['add', 'anna', '--attribute', 'mail=anna@contoso.example'],
      `${PASSWORD}\r\nignored`,
    );
    expect(run).toEqual({ exitCode: 0, out: '', err: 'anna was added.\n' });
    expect(await login(PASSWORD)).toBe('accepted');
    const file = join(folder.path, 'users.yaml');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(PASSWORD);
    expect(await parts().store.find('anna', SIGNAL)).toMatchObject({
      attributes: { mail: ['anna@contoso.example'] },
    });
    expect(await users(['add', 'anna'], PASSWORD)).toEqual({
      exitCode: 1,
      out: '',
      err: 'intune-gate users: there is a user "anna" already\n',
    });
  });

  test('password, disable, enable and unlock change what a running gate says', async () => {
    await users(['add', 'anna'], PASSWORD);
    const { store } = parts();
    const verify = async (password: string): Promise<string> =>
      (await store.verifyPassword('anna', password, SIGNAL)).is;
    await users(['password', 'anna'], 'another password\n');
    expect([await verify(PASSWORD), await verify('another password')]).toEqual(['rejected', 'accepted']);
    expect((await users(['disable', 'anna'])).err).toBe('anna may log in no more.\n');
    expect(await verify('another password')).toBe('inactive');
    await users(['enable', 'anna']);
    for (let failure = 0; failure < 5; failure += 1) await verify('wrong');
    expect(await verify('another password')).toBe('lockedOut');
    expect(await users(['unlock', 'anna'])).toMatchObject({ exitCode: 0 });
    expect(await verify('another password')).toBe('accepted');
  });

  test('otp add prints a URI whose secret makes codes that are accepted; no file holds it in clear', async () => {
    await users(['add', 'anna', '--no-password']);
    const run = await users(['otp', 'add', 'anna', '--issuer', 'Contoso']);
    const [, secret = ''] =
      /^otpauth:\/\/totp\/Contoso:anna\?secret=([A-Z2-7]{32})&period=30&digits=6&b=032b75&image=&uid=YW5uYQ&oid=[\w-]+\n$/.exec(
        run.out,
      ) ?? [];
    const bytes = decodeBase32(secret) ?? new Uint8Array();
    expect(bytes).toHaveLength(20);
    expect(run.err).toContain('shown once');
    const { store, lockout } = parts();
    const { id = '' } = (await store.find('anna', SIGNAL)) ?? {};
    const now = Date.now();
    const verify = createOathVerifier({ store, lockout, now: () => now });
    const code = oathCode(bytes, Math.floor(now / 30_000), { digits: 6 });
    expect(await verify(id, code, DEFAULT_TOTP_SETTINGS, SIGNAL)).toMatchObject({ is: 'accepted' });
    const kept = readFileSync(join(folder.path, 'state', 'people.json'), 'latin1');
    for (const form of [
      secret,
      Buffer.from(bytes).toString('hex'),
      Buffer.from(bytes).toString('base64url'),
    ]) {
      expect(kept).not.toContain(form);
    }
    expect((await users(['list'])).out).toMatch(
      /^anna {2}active, no password, totp device [\w-]{36} \(0 recovery codes\)\n$/,
    );
  });

  test('recovery-codes prints ten codes; the ones before work no more', async () => {
    await users(['add', 'anna'], PASSWORD);
    await users(['otp', 'add', 'anna']);
    const first = (await users(['recovery-codes', 'anna'])).out.trim().split('\n');
    const second = (await users(['recovery-codes', 'anna'])).out.trim().split('\n');
    expect(first).toHaveLength(10);
    const { store, lockout } = parts();
    const { id = '' } = (await store.find('anna', SIGNAL)) ?? {};
    const check = createRecoveryCodeCheck({ store, lockout });
    expect(await check(id, first[0] ?? '', SIGNAL)).toEqual({ is: 'rejected' });
    expect(await check(id, second[9] ?? '', SIGNAL)).toEqual({ is: 'accepted' });
    const [{ devices } = { devices: [] }] = JSON.parse((await users(['list', '--json'])).out) as {
      devices: { recoveryCodesLeft: number }[];
    }[];
    expect(devices).toMatchObject([{ recoveryCodesLeft: 9 }]);
  });

  test('otp remove and remove leave nothing behind, even if the key is lost', async () => {
    await users(['add', 'anna'], PASSWORD);
    await users(['otp', 'add', 'anna']);
    await users(['otp', 'add', 'anna', '--algorithm', 'hotp', '--digits', '8']);
    const lost = { ...ENVIRONMENT, STATE_KEY: 'another key, as long as the one before' };
    const options = { environment: lost };
    expect(await runGate(['users', 'list', '--config', config], options)).toMatchObject({ exitCode: 3 });
    const removed = await runGate(['users', 'otp', 'remove', 'anna', '--config', config], options);
    expect(removed).toMatchObject({ exitCode: 0, err: '2 devices were removed.\n' });
    expect(await users(['otp', 'remove', 'anna'])).toMatchObject({ exitCode: 1 });
    expect(await users(['remove', 'anna'])).toMatchObject({ exitCode: 0, err: 'anna was removed.\n' });
    expect((await users(['list'])).out).toBe('');
    expect(readFileSync(join(folder.path, 'state', 'people.json'), 'utf8')).toBe(
      '{"version":1,"people":{}}\n',
    );
  });

  test.each([
    [['remove', 'nobody'], 1, 'there is no user "nobody"'],
    [['password', 'nobody'], 1, 'there is no user "nobody"'],
    [['recovery-codes', 'nobody'], 1, 'there is no user "nobody"'],
    [[], 2, 'say one of: add, list, remove'],
    [['otp'], 2, 'say one of: add, list, remove'],
    [['toString'], 2, 'say one of: add, list, remove'],
    [['add'], 2, 'say `users add NAME`'],
    [['add', 'a', 'password'], 2, 'say `users add NAME`'],
    [['list', 'a'], 2, 'say `users list`'],
    [['list', '--no-password'], 2, '--no-password does not belong to `users list`'],
    [['add', ' a'], 2, 'a name has 1 to 256 bytes'],
    [['add', 'a', '--attribute', 'mail'], 2, 'an attribute is given as KEY=VALUE'],
    [['add', 'a'], 2, 'a password has at least 8 characters'],
    [['add', 'a', '--password', 'x'], 2, "Unknown option '--password'"],
  ])('%j exits with %i', async (args, exitCode, message) => {
    const run = await users(args);
    expect(run).toMatchObject({ exitCode, out: '' });
    expect(run.err).toContain(message);
  });

  test('otp add takes no algorithm it does not know', async () => {
    await users(['add', 'anna', '--no-password']);
    expect((await users(['otp', 'add', 'anna', '--algorithm', 'sms'])).err).toContain(
      '--algorithm is one of: totp, hotp',
    );
    expect((await users(['otp', 'add', 'anna', '--digits', '7'])).err).toContain('--digits is one of: 6, 8');
  });

  test('a broken file of users is exit code 3, and is left as it is', async () => {
    const file = join(folder.path, 'users.yaml');
    writeFileSync(file, 'users: [', { mode: 0o600 });
    expect(await users(['add', 'anna'], PASSWORD)).toMatchObject({ exitCode: 3, out: '' });
    expect(readFileSync(file, 'utf8')).toBe('users: [');
  });

  test('a configuration without people is a usage mistake', async () => {
    const plain = folder.config({ nodes: { default: { deviceId: [{ source: 'header' }] } } }, 'plain.yaml');
    const environment = {
      ENTRA_TENANT_ID: 'contoso.example',
      ENTRA_CLIENT_ID: '00000000-0000-4000-8000-0000000000c1',
      ENTRA_CLIENT_SECRET: 'v',
    };
    const run = await runGate(['users', 'list', '--config', plain], { environment });
    expect(run).toMatchObject({ exitCode: 2 });
    expect(run.err).toContain('the configuration has no `identity`');
  });
});

describe('askSecret', () => {
  function terminal(): { input: SecretTerminal & PassThrough; output: string[]; raw: boolean[] } {
    const raw: boolean[] = [];
    const input = Object.assign(new PassThrough(), {
      isTTY: true as const,
      setRawMode(this: unknown, mode: boolean) {
        raw.push(mode);
        return input;
      },
    });
    return { input: input as unknown as SecretTerminal & PassThrough, output: [], raw };
  }

  test('takes a line without showing it, with Backspace and Ctrl-U, and restores the terminal', async () => {
    const { input, output, raw } = terminal();
    const ask = createAskSecret(input, { write: (text) => output.push(text) });
    const answer = ask?.('Password: ');
    input.write('nonsense\u0015sécrex\u007Ft\r');
    expect(await answer).toBe('sécret');
    expect(output.join('')).toBe('Password: \n');
    expect(raw).toEqual([true, false]);
  });

  test('keeps what was pasted ahead for the next question, and gives up at the end of the input', async () => {
    const { input, raw } = terminal();
    const ask = createAskSecret(input, { write: () => true });
    input.write('one\ntwo\nthr');
    expect([await ask?.('1: '), await ask?.('2: ')]).toEqual(['one', 'two']);
    const third = ask?.('3: ');
    input.end();
    await expect(third).rejects.toMatchObject({ code: 'usage', message: 'given up' });
    expect(raw.at(-1)).toBe(false);
  });

  test('gives up with Ctrl-C', async () => {
    const { input, raw } = terminal();
    const answer = createAskSecret(input, { write: () => true })?.('Password: ');
    input.write('half\u0003');
    await expect(answer).rejects.toMatchObject({ code: 'usage', message: 'given up' });
    expect(raw).toEqual([true, false]);
  });

  test('is not there without a terminal', () => {
    const input = Object.assign(new PassThrough(), { isTTY: false }) as unknown as SecretTerminal;
    expect(createAskSecret(input, { write: () => true })).toBeUndefined();
  });
});
