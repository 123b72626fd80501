import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDemoUsers } from '../../src/cli/demoUsers.ts';
import { composeIdentity } from '../../src/composeIdentity.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { decodeBase32 } from '../../src/identity/oath/base32.ts';
import { oathCode } from '../../src/identity/oath/oathCode.ts';
import { DEFAULT_TOTP_SETTINGS } from '../../src/identity/oath/oathSettings.ts';
import { createOathVerifier } from '../../src/identity/oathVerifier.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createGateFolder } from './gateFolder.ts';

const parent = temporaryFolder();
const SIGNAL = new AbortController().signal;

test('each of at least ten people logs in with a password and a code of their own, through a configuration', async () => {
  const folder = createGateFolder();
  try {
    const { users, identity, stateKey } = await createDemoUsers(folder.path, 'contoso.example', SIGNAL);
    folder.file(identity.state.key.file, stateKey);
    folder.file('secret', 'v');
    const file = folder.config({
      tenants: {
        default: {
          tenantId: 'contoso.example',
          clientId: '00000000-0000-4000-8000-0000000000c1',
          credential: { kind: 'clientSecret', clientSecret: { file: 'secret' } },
        },
      },
      nodes: { default: { deviceId: [{ source: 'header' }] } },
      identity,
    });
    const setup = loadConfig(file, {}).identity;
    if (setup === undefined) throw new Error('no identity');
    const { store, lockout } = composeIdentity(setup);
    const now = Date.now();
    const verifyCode = createOathVerifier({ store, lockout, now: () => now });

    expect(users.length).toBeGreaterThanOrEqual(10);
    expect(new Set(users.flatMap(({ password, totpSecret }) => [password, totpSecret])).size).toBe(
      users.length * 2,
    );
    for (const { username, password, totpSecret } of users) {
      const verdict = await store.verifyPassword(username, password, SIGNAL);
      expect(verdict).toMatchObject({
        is: 'accepted',
        identity: { username, attributes: { mail: [`${username}@contoso.example`] } },
      });
      if (verdict.is !== 'accepted') continue;
      const code = oathCode(decodeBase32(totpSecret) ?? new Uint8Array(), Math.floor(now / 30_000), {
        digits: 6,
      });
      expect(await verifyCode(verdict.identity.id, code, DEFAULT_TOTP_SETTINGS, SIGNAL)).toMatchObject({
        is: 'accepted',
      });
    }
  } finally {
    folder.remove();
  }
});

test('every start makes others', async () => {
  const starts = await Promise.all(
    [1, 2].map(() => createDemoUsers(mkdtempSync(join(parent, 'demo-')), 'contoso.example', SIGNAL)),
  );
  const secrets = starts.flatMap(({ users }) =>
    users.flatMap(({ password, totpSecret }) => [password, totpSecret]),
  );
  expect(new Set(secrets).size).toBe(secrets.length);
});
