import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { composeIdentity } from '../composeIdentity.ts';
import type { IdentitySetup } from '../config/resolveIdentity.ts';
import { encodeBase32 } from '../identity/oath/base32.ts';
import { DEFAULT_ATTEMPT_RULE } from '../identity/lockout.ts';

/** A person of the demo, as a client needs to know one. */
export interface DemoUser {
  readonly username: string;
  readonly password: string;
  /** Base32. Every code works once, so that each try takes another person or waits for the next code. */
  readonly totpSecret: string;
}

export interface DemoUsers {
  readonly users: readonly DemoUser[];
  /** Goes into the configuration of the demo; its files are relative to the folder. */
  readonly identity: {
    readonly store: { readonly kind: 'file'; readonly file: string };
    readonly state: { readonly folder: string; readonly key: { readonly file: string } };
  };
  /** What is to be written into the file that `identity.state.key` names. */
  readonly stateKey: string;
}

/** The first is the user of the demo's compliant device. */
const NAMES = [
  ['acarter', 'Alex', 'Carter'],
  ['bnguyen', 'Binh', 'Nguyen'],
  ['cokafor', 'Chidi', 'Okafor'],
  ['dlindqvist', 'Dagny', 'Lindqvist'],
  ['erossi', 'Elena', 'Rossi'],
  ['fhaddad', 'Farid', 'Haddad'],
  ['gtanaka', 'Goro', 'Tanaka'],
  ['hmoreau', 'Hélène', 'Moreau'],
  ['isilva', 'Inês', 'Silva'],
  ['jnovak', 'Jana', 'Novák'],
  ['kowens', 'Kit', 'Owens'],
  ['lpatel', 'Leela', 'Patel'],
] as const;

const USERS_FILE = 'users.yaml';
const STATE_FOLDER = 'identity';
const KEY_FILE = 'state-key';

/**
 * Makes the people of one demo, each with a password and a TOTP device of their own, and writes them into the folder. Everything is
 * random, and goes with the folder.
 *
 * @param domain - of their e-mail addresses
 */
export async function createDemoUsers(
  folder: string,
  domain: string,
  signal: AbortSignal,
): Promise<DemoUsers> {
  const stateKey = randomBytes(32).toString('base64url');
  const stateFolder = join(folder, STATE_FOLDER);
  mkdirSync(stateFolder, { mode: 0o700 });
  const setup: IdentitySetup = {
    store: { kind: 'file', file: join(folder, USERS_FILE) },
    state: { folder: stateFolder, key: stateKey, previousKeys: [] },
    lockout: DEFAULT_ATTEMPT_RULE,
  };
  const { store, accounts } = composeIdentity(setup, { mayBeginEmpty: true });
  if (accounts === undefined) throw new Error('the people of the demo live in a file');

  const users: DemoUser[] = [];
  for (const [username, givenName, surname] of NAMES) {
    const id = randomUUID();
    const password = randomBytes(12).toString('base64url');
    const secret = randomBytes(20);
    const account = {
      username,
      id,
      active: true,
      passwordHash: await accounts.hasher.hash(password, signal),
      attributes: {
        mail: [`${username}@${domain}`],
        givenName: [givenName],
        sn: [surname],
        cn: [`${givenName} ${surname}`],
      },
    };
    await store.otp.add(id, { name: 'Demo device', algorithm: 'totp', digits: 6, secret }, signal);
    await accounts.file.update(({ byName }) => {
      byName.set(username, account);
      return { changed: true, result: undefined };
    });
    users.push({ username, password, totpSecret: encodeBase32(secret) });
  }
  return {
    users,
    identity: {
      store: { kind: 'file', file: USERS_FILE },
      state: { folder: STATE_FOLDER, key: { file: KEY_FILE } },
    },
    stateKey,
  };
}
