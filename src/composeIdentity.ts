import type { IdentitySetup } from './config/resolveIdentity.ts';
import type { IdentityStore } from './identity/identityStore.ts';
import { createLockout, type Lockout } from './identity/lockout.ts';
import type { OnceStore } from './identity/onceStore.ts';
import { createAccountFile, type Accounts } from './identityStores/file/accounts.ts';
import { createFileIdentityStore } from './identityStores/file/fileIdentityStore.ts';
import { createIdentityState } from './identityStores/identityState.ts';
import { createLdapDirectory } from './identityStores/ldap/ldapDirectory.ts';
import { createLdapIdentityStore } from './identityStores/ldap/ldapIdentityStore.ts';
import { createPasswordHasher, type PasswordHasher } from './identityStores/passwordHash.ts';
import type { StateFile } from './identityStores/stateFile.ts';
import { createStateKey } from './identityStores/stateKey.ts';

/** People, as a configuration describes them. Nothing is read or connected yet. */
export interface IdentityParts {
  readonly store: IdentityStore;
  /** For codes; passwords are guarded by the store itself. */
  readonly lockout: Lockout;
  /** The accounts themselves, where the gate keeps them. Undefined for a directory, which is only read. */
  readonly accounts: { readonly file: StateFile<Accounts>; readonly hasher: PasswordHasher } | undefined;
}

export interface ComposeIdentityOptions {
  /** Default: `Date.now`. */
  readonly now?: () => number;
  /** What was used once, where several replicas share it; default: in the folder of the state. */
  readonly once?: OnceStore | undefined;
  /** Whether a file of users that is not there yet is an empty one. Default: false, so that it is unavailable. */
  readonly mayBeginEmpty?: boolean;
}

export function composeIdentity(
  { store: setup, state: { folder, key, previousKeys }, lockout: rule }: IdentitySetup,
  { now = Date.now, once, mayBeginEmpty = false }: ComposeIdentityOptions = {},
): IdentityParts {
  const own = createIdentityState({ folder, key: createStateKey(key, previousKeys), now });
  const { people } = own;
  const state = once === undefined ? own.state : { ...own.state, once };
  const lockout = createLockout({ attempts: state.attempts, rule, now });
  switch (setup.kind) {
    case 'file': {
      const file = createAccountFile(setup.file, mayBeginEmpty);
      const hasher = createPasswordHasher();
      const store = createFileIdentityStore({ accounts: file, state, hasher, lockout, now });
      return { store, lockout, accounts: { file, hasher } };
    }
    case 'ldap': {
      const { settings } = setup;
      const directory = createLdapDirectory(settings);
      const { answerEveryMs } = settings;
      const store = createLdapIdentityStore({ directory, state, people, lockout, answerEveryMs });
      return { store, lockout, accounts: undefined };
    }
  }
}
