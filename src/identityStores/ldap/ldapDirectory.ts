import { randomUUID } from 'node:crypto';
import { EqualityFilter, InvalidCredentialsError, ResultCodeError, type Filter } from 'ldapts';
import { GateError } from '../../errors.ts';
import { createTurnstile, TurnstileFull } from '../../identity/turnstile.ts';
import { accountStatus, type AccountStatus } from './accountStatus.ts';
import { bindRefusal, type BindRefusal } from './bindRefusal.ts';
import { isBinaryAttribute, withLdapSession, type LdapEntry, type LdapSession } from './ldapSession.ts';
import type { LdapSettings } from './ldapSettings.ts';
import { parseUserFilter } from './userFilter.ts';
import { startTimeLimit } from '../../timeLimit.ts';

/** A person as the directory describes one. */
export interface LdapPerson {
  readonly dn: string;
  readonly id: string;
  readonly username: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly status: AccountStatus;
}

/** One visit to the directory. Every method throws GateError `identityUnavailable` if the directory does not answer as it should. */
export interface LdapVisit {
  findByName(username: string): Promise<LdapPerson | undefined>;
  findById(id: string): Promise<LdapPerson | undefined>;
  /** Checks a password by binding with it; the visit is over then. Without a person, the directory is asked all the same. */
  tryPassword(person: LdapPerson | undefined, password: string): Promise<'accepted' | BindRefusal>;
}

export interface LdapDirectory {
  /**
   * Connects, logs in with the service account, and stays for as long as `use` lasts.
   *
   * @throws GateError `identityUnavailable` if the directory cannot be asked, or not in time
   */
  visit<T>(signal: AbortSignal, use: (visit: LdapVisit) => Promise<T>): Promise<T>;
}

/** How many may wait for a connection. */
const MOST_WAITING = 2_000;
const LONGEST_ID = 256;

/** @throws RangeError for a user filter that is none */
export function createLdapDirectory(settings: LdapSettings): LdapDirectory {
  const userFilter = parseUserFilter(settings.userFilter);
  if (userFilter === undefined) throw new RangeError('the user filter is no filter with {username}');
  const turnstile = createTurnstile({ places: settings.connections, waiting: MOST_WAITING });
  const wanted = [
    settings.idAttribute,
    settings.usernameAttribute,
    ...Object.values(settings.attributes),
    ...settings.statusAttributes,
  ];

  return {
    async visit(caller, use) {
      const limit = startTimeLimit(settings.timeoutMs, caller);
      const { signal } = limit;
      try {
        return await turnstile.run(
          () =>
            withLdapSession(settings, signal, async (session) => {
              await bindService(session);
              return use(visitOver(session));
            }),
          signal,
        );
      } catch (error) {
        throw signal.aborted ? unavailable('it did not answer in time', error) : told(error);
      } finally {
        limit.end();
      }
    },
  };

  function visitOver(session: LdapSession): LdapVisit {
    return {
      findByName: (username) => findOne(session, userFilter?.(username)),
      findById: (id) => findOne(session, idFilter(id)),
      async tryPassword(person, password) {
        // An empty password is a login as nobody, which succeeds (RFC 4513 section 5.1.2).
        if (password === '') return 'rejected';
        try {
          await session.bind(person?.dn ?? `cn=${randomUUID()},${settings.baseDn}`, password);
          return person === undefined ? 'rejected' : 'accepted';
        } catch (error) {
          const refusal = bindRefusal(error);
          if (refusal === undefined) throw error;
          return person === undefined ? 'rejected' : refusal;
        }
      },
    };
  }

  async function bindService(session: LdapSession): Promise<void> {
    try {
      await session.bind(settings.bindDn, settings.bindPassword);
    } catch (error) {
      if (error instanceof InvalidCredentialsError) {
        throw unavailable('it does not accept the service account', error);
      }
      throw error;
    }
  }

  async function findOne(session: LdapSession, filter: Filter | undefined): Promise<LdapPerson | undefined> {
    if (filter === undefined) return undefined;
    const [entry, ...others] = await session.search(filter, wanted);
    if (entry === undefined) return undefined;
    if (others.length > 0) throw unavailable('it has several entries for one name');
    return describe(entry);
  }

  function describe(entry: LdapEntry): LdapPerson {
    const only = (attribute: string): string => {
      const [value, ...more] = entry.valuesOf(attribute);
      if (value === undefined || more.length > 0) {
        throw unavailable(`an entry has not exactly one value of ${attribute}`);
      }
      return value;
    };
    const id = only(settings.idAttribute);
    // What every object is born with (`constructor`) is no key of a file.
    if (id.length > LONGEST_ID || id in {})
      throw unavailable(`${settings.idAttribute} cannot serve as an id`);
    // Of several names, the first one.
    const [username = ''] = entry.valuesOf(settings.usernameAttribute);
    if (username === '') throw unavailable(`an entry has no value of ${settings.usernameAttribute}`);
    return {
      dn: entry.dn,
      id,
      username,
      attributes: Object.fromEntries(
        Object.entries(settings.attributes)
          .map(([name, attribute]) => [name, entry.valuesOf(attribute)] as const)
          .filter(([, values]) => values.length > 0),
      ),
      status: accountStatus((attribute) =>
        settings.statusAttributes.includes(attribute) ? entry.valuesOf(attribute)[0] : undefined,
      ),
    };
  }

  function idFilter(id: string): Filter {
    const value = isBinaryAttribute(settings.idAttribute) ? Buffer.from(id, 'hex') : id;
    return new EqualityFilter({ attribute: settings.idAttribute, value });
  }

  function told(error: unknown): GateError {
    if (error instanceof GateError) return error;
    if (error instanceof TurnstileFull) return unavailable('too many are waiting for it', error);
    return unavailable(
      error instanceof ResultCodeError
        ? `it answers ${error.name} (result ${error.code})`
        : ((error as NodeJS.ErrnoException).code ?? (error as Error).message),
      error,
    );
  }

  function unavailable(why: string, cause?: unknown): GateError {
    const { host, port } = settings;
    return new GateError('identityUnavailable', `the directory at ${host}:${port} cannot be used: ${why}`, {
      cause,
    });
  }
}
