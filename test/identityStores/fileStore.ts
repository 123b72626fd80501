import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { IdentityStore } from '../../src/identity/identityStore.ts';
import { createLockout, DEFAULT_ATTEMPT_RULE, type Lockout } from '../../src/identity/lockout.ts';
import { createAccountFile, type Account, type Accounts } from '../../src/identityStores/file/accounts.ts';
import { createFileIdentityStore } from '../../src/identityStores/file/fileIdentityStore.ts';
import { createIdentityState } from '../../src/identityStores/identityState.ts';
import { createPasswordHasher, type PasswordHasher } from '../../src/identityStores/passwordHash.ts';
import type { StateFile } from '../../src/identityStores/stateFile.ts';
import { createStateKey } from '../../src/identityStores/stateKey.ts';

export const STATE_KEY = 'a key of the tests, long enough to be one';
/** Aborts never; shared by many, who all listen. */
export const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);

export interface FileStore {
  readonly store: IdentityStore;
  readonly accounts: StateFile<Accounts>;
  readonly lockout: Lockout;
  readonly hasher: PasswordHasher;
  readonly folder: string;
  readonly file: string;
  /** The clock, milliseconds since 1970. */
  time: number;
  add(username: string, password: string | undefined, more?: Partial<Account>): Promise<Account>;
}

/** A file store in a folder of its own below `parent`, or over the files of another one, as another process would have it. */
export function createFileStore(parent: string, other?: FileStore): FileStore {
  const folder = other?.folder ?? mkdtempSync(join(parent, 'store-'));
  const file = join(folder, 'users.yaml');
  const now = (): number => fileStore.time;
  const hasher = createPasswordHasher();
  const { state } = createIdentityState({ folder, key: createStateKey(STATE_KEY), now });
  const lockout = createLockout({ attempts: state.attempts, rule: DEFAULT_ATTEMPT_RULE, now });
  const accounts = createAccountFile(file, true);
  const fileStore: FileStore = {
    store: createFileIdentityStore({ accounts, state, hasher, lockout, now }),
    accounts,
    lockout,
    hasher,
    folder,
    file,
    time: other?.time ?? Date.parse('2026-11-21T12:00:00Z'),
    async add(username, password, more = {}) {
      const account: Account = {
        username,
        id: randomUUID(),
        active: true,
        attributes: {},
        ...(password === undefined ? {} : { passwordHash: await hasher.hash(password, NEVER) }),
        ...more,
      };
      await accounts.update(({ byName }) => {
        byName.set(username, account);
        return { changed: true, result: undefined };
      });
      return account;
    },
  };
  return fileStore;
}
