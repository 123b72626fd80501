import { setTimeout as sleep } from 'node:timers/promises';
import { GateError } from '../../errors.ts';
import { canonicalUsername } from '../../identity/canonicalUsername.ts';
import type { Identity } from '../../identity/identity.ts';
import type { IdentityStore } from '../../identity/identityStore.ts';
import type { Attempted, Lockout } from '../../identity/lockout.ts';
import { mayBePassword } from '../../identity/passwordInput.ts';
import type { PasswordVerdict } from '../../identity/passwordVerdict.ts';
import { accountSubject, otpSubject, passwordSubject, sentSubject } from '../../identity/subjects.ts';
import type { IdentityState } from '../identityState.ts';
import { putPerson, type People } from '../peopleFile.ts';
import type { StateFile } from '../stateFile.ts';
import { unavailableVerdict } from '../unavailableVerdict.ts';
import type { LdapDirectory, LdapPerson, LdapVisit } from './ldapDirectory.ts';
import { createRecentDurations } from './recentDurations.ts';

export interface LdapIdentityStoreOptions {
  readonly directory: LdapDirectory;
  readonly state: IdentityState;
  /** Where people are barred by the gate itself. The directory is only read. */
  readonly people: StateFile<People>;
  readonly lockout: Lockout;
  /** Refusals leave only at multiples of this time after the question, in milliseconds. */
  readonly answerEveryMs: number;
}

/**
 * People in a directory. A password is checked by binding as the person the name is found to be; everything else about people, their
 * devices, their failures and whether they are barred, is the gate's own.
 *
 * Failures count twice: under the name that was typed, which locks in the open, and under the person that was found, so that a second
 * name wins no further guesses. The latter lock looks like a wrong password: told, it would say that two names are one person.
 */
export function createLdapIdentityStore(options: LdapIdentityStoreOptions): IdentityStore {
  const { directory, state, people, lockout, answerEveryMs } = options;
  const rejected: PasswordVerdict = { is: 'rejected' };
  const refusals = createRecentDurations();

  async function toIdentity(person: LdapPerson): Promise<Identity> {
    const { id, username, attributes, status } = person;
    const isBarred = (await people.read()).people.get(id)?.inactive === true;
    return { id, username, attributes, active: status !== 'inactive' && !isBarred };
  }

  async function tryPassword(
    visit: LdapVisit,
    person: LdapPerson,
    password: string,
  ): Promise<Attempted<PasswordVerdict>> {
    const answer = await visit.tryPassword(person, password);
    if (answer === 'rejected') return { result: 'failed', value: rejected };
    const identity = await toIdentity(person);
    if (answer === 'inactive' || !identity.active) {
      return { result: 'undecided', value: { is: 'inactive', identity: { ...identity, active: false } } };
    }
    return answer === 'expired' || person.status === 'expired'
      ? { result: 'passed', value: { is: 'expired', identity } }
      : { result: 'passed', value: { is: 'accepted', identity } };
  }

  async function verifyIn(
    visit: LdapVisit,
    username: string,
    typed: string,
    signal: AbortSignal,
  ): Promise<Attempted<PasswordVerdict>> {
    const name = canonicalUsername(username);
    const person = name === undefined ? undefined : await visit.findByName(name);
    const password = mayBePassword(typed) ? typed : '';
    const start = performance.now();
    const tried = await tryOn(visit, person, password, signal);
    const spent = performance.now() - start;
    if (tried?.value.is === 'rejected') refusals.add(spent);
    if (tried !== undefined) return tried;
    // Quick, as there was nobody to try it on; a real refusal takes longer.
    await sleep(Math.max(0, refusals.pick() - spent), undefined, { signal });
    return { result: 'failed', value: rejected };
  }

  /** Undefined if there is nobody, or nobody who may be tried any more. */
  async function tryOn(
    visit: LdapVisit,
    person: LdapPerson | undefined,
    password: string,
    signal: AbortSignal,
  ): Promise<Attempted<PasswordVerdict> | undefined> {
    if (person === undefined) {
      await visit.tryPassword(undefined, password);
      return undefined;
    }
    const guarded = await lockout.guard<Attempted<PasswordVerdict>>(
      accountSubject(person.id),
      async () => {
        const attempted = await tryPassword(visit, person, password);
        return { result: attempted.result, value: attempted };
      },
      signal,
    );
    return guarded.is === 'tried' ? guarded.value : undefined;
  }

  async function find(username: string, signal: AbortSignal): Promise<Identity | undefined> {
    const name = canonicalUsername(username);
    if (name === undefined) return undefined;
    const person = await directory.visit(signal, (visit) => visit.findByName(name));
    return person === undefined ? undefined : toIdentity(person);
  }

  return {
    ...state,
    async verifyPassword(username, password, signal) {
      const start = performance.now();
      try {
        const guarded = await lockout.guard<PasswordVerdict>(
          passwordSubject(username),
          () => directory.visit(signal, (visit) => verifyIn(visit, username, password, signal)),
          signal,
        );
        if (guarded.is === 'lockedOut') return guarded;
        if (guarded.value.is === 'rejected') {
          const spent = performance.now() - start;
          await sleep(Math.ceil(spent / answerEveryMs) * answerEveryMs - spent, undefined, { signal });
        }
        return guarded.value;
      } catch (error) {
        return unavailableVerdict(error);
      }
    },
    find,
    async setActive(id, active, signal) {
      if ((await directory.visit(signal, (visit) => visit.findById(id))) === undefined) {
        throw new GateError('identityRefused', 'there is no such person in the directory');
      }
      await people.update((current) => {
        const { devices, inactive } = current.people.get(id) ?? { devices: [] };
        putPerson(current, id, active ? { devices } : { devices, inactive: true });
        return { changed: (inactive === true) === active, result: undefined };
      });
    },
    async unlock(username, signal) {
      const identity = await find(username, signal);
      const subjects = [
        passwordSubject(username),
        ...(identity === undefined
          ? []
          : [
              passwordSubject(identity.username),
              accountSubject(identity.id),
              otpSubject(identity.id),
              sentSubject(identity.id),
            ]),
      ];
      for (const subject of subjects) await state.attempts.clear(subject);
    },
  };
}
