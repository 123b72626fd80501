import { GateError } from '../../errors.ts';
import { canonicalUsername } from '../../identity/canonicalUsername.ts';
import type { Identity } from '../../identity/identity.ts';
import type { IdentityStore } from '../../identity/identityStore.ts';
import type { Attempted, Lockout } from '../../identity/lockout.ts';
import { mayBePassword } from '../../identity/passwordInput.ts';
import type { PasswordVerdict } from '../../identity/passwordVerdict.ts';
import { otpSubject, passwordSubject, sentSubject } from '../../identity/subjects.ts';
import type { IdentityState } from '../identityState.ts';
import { createDecoyHash, type PasswordHasher } from '../passwordHash.ts';
import type { StateFile } from '../stateFile.ts';
import { unavailableVerdict } from '../unavailableVerdict.ts';
import type { Account, Accounts } from './accounts.ts';

export interface FileIdentityStoreOptions {
  readonly accounts: StateFile<Accounts>;
  readonly state: IdentityState;
  readonly hasher: PasswordHasher;
  readonly lockout: Lockout;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** People in a file, for small setups and demos. */
export function createFileIdentityStore(options: FileIdentityStoreOptions): IdentityStore {
  const { accounts, state, hasher, lockout, now } = options;
  const decoy = createDecoyHash();

  async function findAccount(username: string): Promise<Account | undefined> {
    const name = canonicalUsername(username);
    const { byName } = await accounts.read();
    return name === undefined ? undefined : byName.get(name);
  }

  /** One hash for everybody, whether or not there is such a person, and only then the rest. */
  async function tryPassword(
    username: string,
    password: string,
    signal: AbortSignal,
  ): Promise<Attempted<PasswordVerdict>> {
    const account = await findAccount(username);
    const isPassword = mayBePassword(password);
    const matches = await hasher.verify(account?.passwordHash ?? decoy, isPassword ? password : '', signal);
    if (account?.passwordHash === undefined || !isPassword || !matches) {
      return { result: 'failed', value: { is: 'rejected' } };
    }
    const identity = toIdentity(account);
    if (!identity.active) return { result: 'undecided', value: { is: 'inactive', identity } };
    const { passwordExpiresAt } = account;
    return passwordExpiresAt !== undefined && Date.parse(passwordExpiresAt) <= now()
      ? { result: 'passed', value: { is: 'expired', identity } }
      : { result: 'passed', value: { is: 'accepted', identity } };
  }

  return {
    ...state,
    async verifyPassword(username, password, signal) {
      try {
        const subject = passwordSubject(username);
        const guarded = await lockout.guard(subject, () => tryPassword(username, password, signal), signal);
        return guarded.is === 'tried' ? guarded.value : guarded;
      } catch (error) {
        return unavailableVerdict(error);
      }
    },
    async find(username, signal) {
      signal.throwIfAborted();
      const account = await findAccount(username);
      return account === undefined ? undefined : toIdentity(account);
    },
    async setActive(id, active, signal) {
      signal.throwIfAborted();
      await accounts.update(({ byName }) => {
        const account = [...byName.values()].find((candidate) => candidate.id === id);
        if (account === undefined) throw new GateError('identityRefused', 'there is no such user');
        byName.set(account.username, { ...account, active });
        return { changed: account.active !== active, result: undefined };
      });
    },
    async unlock(username, signal) {
      signal.throwIfAborted();
      const account = await findAccount(username);
      await state.attempts.clear(passwordSubject(username));
      if (account === undefined) return;
      await state.attempts.clear(otpSubject(account.id));
      await state.attempts.clear(sentSubject(account.id));
    },
  };
}

function toIdentity({ id, username, attributes, active }: Account): Identity {
  return { id, username, attributes, active };
}
