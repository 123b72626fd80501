import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { oathCode } from '../../src/identity/oath/oathCode.ts';
import { DEFAULT_HOTP_SETTINGS, DEFAULT_TOTP_SETTINGS } from '../../src/identity/oath/oathSettings.ts';
import { createOathVerifier, type OathVerdict } from '../../src/identity/oathVerifier.ts';
import { NO_PROGRESS } from '../../src/identity/otpDevice.ts';
import { createRecoveryCodeCheck } from '../../src/identity/recoveryCodeCheck.ts';
import { createRecoveryCodes } from '../../src/identity/recoveryCodes.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createFileStore, NEVER, type FileStore } from './fileStore.ts';

const folder = temporaryFolder();
const SECRET = Buffer.from('12345678901234567890');
const TOTP = { name: 'Phone', algorithm: 'totp', digits: 6, secret: SECRET } as const;
const HOTP = { ...TOTP, name: 'Token', algorithm: 'hotp' } as const;

describe('one-time-password devices', () => {
  let file: FileStore;
  beforeEach(() => {
    file = createFileStore(folder);
  });
  const codeNow = (): string => oathCode(SECRET, Math.floor(file.time / 30_000), { digits: 6 });
  const verify = (store = file, code = codeNow()): Promise<OathVerdict> =>
    createOathVerifier({ store: store.store, lockout: store.lockout, now: () => file.time })(
      'anna',
      code,
      DEFAULT_TOTP_SETTINGS,
      NEVER,
    );

  test('come back as they were registered, to the person they belong to', async () => {
    const { otp } = file.store;
    const added = await otp.add('anna', { ...TOTP, recoveryCodes: ['one', 'two'] }, NEVER);
    expect(added).toEqual({
      ...TOTP,
      secret: SECRET,
      id: expect.any(String) as string,
      progress: NO_PROGRESS,
      recoveryCodesLeft: 2,
      registeredAt: file.time,
    });
    expect(await createFileStore(folder, file).store.otp.list('anna', NEVER)).toEqual([added]);
    expect(await otp.list('bert', NEVER)).toEqual([]);
    expect(await otp.remove('bert', added.id, NEVER)).toBe(false);
    expect(await otp.remove('anna', added.id, NEVER)).toBe(true);
    expect(await otp.list('anna', NEVER)).toEqual([]);
  });

  test('are refused beyond ten, and with an id that is taken', async () => {
    const { otp } = file.store;
    await otp.add('anna', { ...TOTP, id: 'mine' }, NEVER);
    await expect(otp.add('anna', { ...TOTP, id: 'mine' }, NEVER)).rejects.toMatchObject({
      code: 'identityRefused',
    });
    for (let index = 1; index < 10; index += 1) await otp.add('anna', TOTP, NEVER);
    await expect(otp.add('anna', TOTP, NEVER)).rejects.toMatchObject({ code: 'identityRefused' });
  });

  test('a secret moved to another person or device cannot be used', async () => {
    await file.store.otp.add('anna', { ...TOTP, id: 'device' }, NEVER);
    const path = join(file.folder, 'people.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"anna"', '"bert"'));
    await expect(file.store.otp.list('bert', NEVER)).rejects.toMatchObject({ code: 'identityUnavailable' });
    writeFileSync(path, text.replace('"id":"device"', '"id":"other"'));
    await expect(file.store.otp.list('anna', NEVER)).rejects.toMatchObject({ code: 'identityUnavailable' });
    writeFileSync(
      path,
      text.replace(
        /("secret":"v1\.[\w-]+\.)(.)/,
        (_, head: string, first: string) => head + (first === 'A' ? 'B' : 'A'),
      ),
    );
    await expect(file.store.otp.list('anna', NEVER)).rejects.toMatchObject({ code: 'identityUnavailable' });
  });

  test('a code is accepted once, and the next one when its time has come', async () => {
    expect(await verify()).toEqual({ is: 'notRegistered' });
    await file.store.otp.add('anna', HOTP, NEVER);
    expect(await verify()).toEqual({ is: 'notRegistered' });
    await file.store.otp.add('anna', TOTP, NEVER);
    expect(await verify()).toMatchObject({ is: 'accepted', device: { name: 'Phone' } });
    expect(await verify()).toEqual({ is: 'rejected' });
    file.time += 30_000;
    expect(await verify()).toMatchObject({ is: 'accepted' });
  });

  test('a code that comes fifty times at once, to two gates, is accepted once', async () => {
    await file.store.otp.add('anna', TOTP, NEVER);
    const other = createFileStore(folder, file);
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, index) => verify(index % 2 === 0 ? file : other)),
    );
    expect(verdicts.filter(({ is }) => is === 'accepted')).toHaveLength(1);
  });

  test('a counter-based code that comes many times at once is accepted once', async () => {
    await file.store.otp.add('anna', HOTP, NEVER);
    const check = createOathVerifier({ store: file.store, lockout: file.lockout, now: () => file.time });
    const code = oathCode(SECRET, 7, { digits: 6 });
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, () => check('anna', code, DEFAULT_HOTP_SETTINGS, NEVER)),
    );
    expect(verdicts.filter(({ is }) => is === 'accepted')).toHaveLength(1);
    expect(await file.store.otp.list('anna', NEVER)).toMatchObject([{ progress: { counter: 8 } }]);
  });

  test('advances only from where it stands', async () => {
    const { otp } = file.store;
    const { id } = await otp.add('anna', TOTP, NEVER);
    const to = { lastAcceptedSeconds: 30, driftSeconds: -30, counter: 0 };
    expect(await otp.advance('anna', id, { from: NO_PROGRESS, to }, NEVER)).toBe(true);
    expect(await otp.advance('anna', id, { from: NO_PROGRESS, to }, NEVER)).toBe(false);
    expect(await otp.advance('anna', 'gone', { from: to, to: NO_PROGRESS }, NEVER)).toBe(false);
    expect(await otp.advance('anna', id, { from: to, to: NO_PROGRESS }, NEVER)).toBe(true);
    expect(await otp.list('anna', NEVER)).toMatchObject([{ progress: NO_PROGRESS }]);
  });

  test('five wrong codes lock the person for codes of every kind', async () => {
    await file.store.otp.add('anna', { ...TOTP, recoveryCodes: ['recovery'] }, NEVER);
    for (let failure = 0; failure < 5; failure += 1) {
      expect(await verify(file, String(failure).padStart(6, '0'))).toEqual({ is: 'rejected' });
    }
    expect(await verify()).toEqual({ is: 'lockedOut', retryAfterMs: 900_000 });
    const recover = createRecoveryCodeCheck(file);
    expect(await recover('anna', 'recovery', NEVER)).toMatchObject({ is: 'lockedOut' });
    file.time += 900_000;
    expect(await verify()).toMatchObject({ is: 'accepted' });
  });

  test('a recovery code works once, also if it comes many times at once, and stands nowhere in clear', async () => {
    const codes = createRecoveryCodes();
    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[A-Za-z0-9]{10}$/);
    await file.store.otp.add('anna', { ...TOTP, recoveryCodes: codes }, NEVER);
    const kept = readFileSync(join(file.folder, 'people.json'), 'utf8');
    for (const code of codes) expect(kept).not.toContain(code);
    const recover = createRecoveryCodeCheck(file);
    const verdicts = await Promise.all(
      Array.from({ length: 5 }, () => recover('anna', codes[3] ?? '', NEVER)),
    );
    expect(verdicts.filter(({ is }) => is === 'accepted')).toHaveLength(1);
    expect(await recover('anna', codes[4] ?? '', NEVER)).toEqual({ is: 'accepted' });
    expect(await recover('anna', codes[4]?.toLowerCase() ?? '', NEVER)).toEqual({ is: 'rejected' });
    expect(await recover('anna', '', NEVER)).toEqual({ is: 'rejected' });
    expect(await recover('bert', codes[5] ?? '', NEVER)).toEqual({ is: 'rejected' });
    expect(await file.store.otp.list('anna', NEVER)).toMatchObject([{ recoveryCodesLeft: 8 }]);
  });

  test('four processes that take the same hundred codes accept each of them once', async () => {
    const { otp } = file.store;
    await otp.add('anna', { ...HOTP, id: 'token' }, NEVER);
    const script = fileURLToPath(new URL('advanceDevice.ts', import.meta.url));
    const runs = await Promise.all(
      Array.from({ length: 4 }, () =>
        promisify(execFile)(process.execPath, ['--import', 'tsx', script, file.folder, '100'], {
          timeout: 20_000,
        }),
      ),
    );
    const wins = runs.map(({ stdout }) => Number(stdout));
    expect(wins.reduce((sum, one) => sum + one, 0)).toBe(100);
    expect(await otp.list('anna', NEVER)).toMatchObject([{ progress: { counter: 100 } }]);
  });
});
