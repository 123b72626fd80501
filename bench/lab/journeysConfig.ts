import { mkdirSync, writeFileSync } from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hash } from '@node-rs/argon2';
import { composeIdentity } from '../../src/composeIdentity.ts';
import { decodeBase32 } from '../../src/identity/oath/base32.ts';
import { DEFAULT_ATTEMPT_RULE } from '../../src/identity/lockout.ts';

/** What everybody of a benchmark has in common, so that a code is computed once for all. */
export const BENCH_JOURNEY = {
  name: 'IntuneDeviceCompliance',
  userPrefix: 'user',
  password: 'correct horse battery',
  totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
} as const;

/** `Algorithm.Argon2id`, which as a const enum cannot be imported. */
const ARGON2ID = 2;

/**
 * The parts of a configuration that the documented journey needs, with people in a file. Their passwords are hashed as cheaply as
 * argon2id can be: how dear a hash is, is a setting of its own, and would be all that is measured.
 */
export async function journeysConfig(folder: string, people: number): Promise<Record<string, unknown>> {
  const stateKey = randomBytes(32).toString('base64url');
  const stateFolder = join(folder, 'identity');
  mkdirSync(stateFolder, { mode: 0o700 });
  writeFileSync(join(folder, 'state-key'), stateKey, { mode: 0o600 });
  const { store, accounts } = composeIdentity(
    {
      store: { kind: 'file', file: join(folder, 'users.yaml') },
      state: { folder: stateFolder, key: stateKey, previousKeys: [] },
      lockout: DEFAULT_ATTEMPT_RULE,
    },
    { mayBeginEmpty: true },
  );
  if (accounts === undefined) throw new Error('people of benchmarks live in a file');
  const passwordHash = await hash(BENCH_JOURNEY.password, {
    algorithm: ARGON2ID,
    memoryCost: 8,
    timeCost: 1,
    parallelism: 1,
  });
  const users = Array.from({ length: people }, (_, number) => ({
    username: `${BENCH_JOURNEY.userPrefix}${number}`,
    id: randomUUID(),
    active: true,
    passwordHash,
    attributes: {},
  }));
  await accounts.file.update(({ byName }) => {
    for (const user of users) byName.set(user.username, user);
    return { changed: true, result: undefined };
  });
  const secret = decodeBase32(BENCH_JOURNEY.totpSecret) ?? new Uint8Array();
  const { signal } = new AbortController();
  await Promise.all(
    users.map(({ id }) => store.otp.add(id, { name: 'Bench', algorithm: 'totp', digits: 6, secret }, signal)),
  );
  return {
    identity: {
      store: { kind: 'file', file: 'users.yaml' },
      state: { folder: 'identity', key: { file: 'state-key' } },
    },
    journeys: {
      files: [
        fileURLToPath(
          new URL('../../examples/journeys/IntuneDeviceCompliance.journey.json', import.meta.url),
        ),
      ],
      from: ['loopback'],
      nodeFor: { '*': 'default' },
      sessions: { cookieSecure: false },
    },
    proxies: [{ name: 'loopback', addresses: ['127.0.0.0/8'], withoutCertificate: true }],
  };
}
