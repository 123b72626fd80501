import { randomUUID } from 'node:crypto';
import { isReason } from '../outcomes/reason.ts';
import { isWorse } from '../outcomes/standing.ts';
import type { Session, SessionDevice } from './session.ts';
import type { DeviceNote, SessionRecords } from './sessionRecords.ts';
import type { SessionTokens } from './sessionTokens.ts';

export interface SessionsOptions {
  readonly tokens: SessionTokens;
  readonly records: SessionRecords;
  readonly realm: string;
  /** Longest life of a session, minutes, where a journey does not say. */
  readonly maxMinutes: number;
  /** Longest time without use, minutes, where a journey does not say. */
  readonly idleMinutes: number;
  readonly now: () => number;
}

/** What a journey knows of the login it led to. */
export type SessionFacts = Pick<
  Session,
  'username' | 'universalId' | 'service' | 'authLevel' | 'methods' | 'device' | 'properties'
> & { readonly maxMinutes: number | undefined; readonly idleMinutes: number | undefined };

/** A session that is good now. */
export interface LiveSession {
  readonly token: string;
  readonly session: Session;
  /** Milliseconds since 1970. */
  readonly lastUsedAt: number;
  /** When it ends if it is not used, milliseconds since 1970. */
  readonly idleEndsAt: number;
}

export interface Sessions {
  issue(facts: SessionFacts): Promise<{ readonly token: string; readonly session: Session }>;
  /** Undefined for a token that is not good, or not good any more. */
  find(token: string): Promise<LiveSession | undefined>;
  /** Notes that the session was used, so that its idle time begins anew. */
  use(session: Session): Promise<void>;
  revoke(session: Session): Promise<void>;
  /** Was a session ended before its time? */
  isRevoked(id: string): Promise<boolean>;
}

/** Issues sessions, and tells which are good. */
export function createSessions(options: SessionsOptions): Sessions {
  const { tokens, records, realm, now } = options;
  return {
    async issue({ maxMinutes = options.maxMinutes, idleMinutes = options.idleMinutes, ...facts }) {
      // Tokens count in seconds; what is issued and what is read are the same session.
      const authenticatedAt = Math.floor(now() / 1_000) * 1_000;
      const session: Session = {
        ...facts,
        id: randomUUID(),
        realm,
        authenticatedAt,
        expiresAt: authenticatedAt + maxMinutes * 60_000,
        idleMinutes,
      };
      return { token: await tokens.sign(session), session };
    },
    async find(token) {
      const session = await tokens.verify(token);
      if (session === undefined || (await records.isRevoked(session.id))) return undefined;
      if (
        session.device !== undefined &&
        hasFallen(session.device, await records.notedOf(session.device.id))
      ) {
        return undefined;
      }
      const lastUsedAt = (await records.lastUsed(session.id)) ?? session.authenticatedAt;
      const idleEndsAt = Math.min(lastUsedAt + session.idleMinutes * 60_000, session.expiresAt);
      return now() < idleEndsAt ? { token, session, lastUsedAt, idleEndsAt } : undefined;
    },
    use: (session) => records.touch(session.id, now(), session.expiresAt),
    revoke: (session) => records.revoke(session.id, session.expiresAt),
    isRevoked: (id) => records.isRevoked(id),
  };
}

/** Was worse said of the device after the session began than when it did? Such a session is over, whatever is said later. */
function hasFallen({ reason, evaluatedAt }: SessionDevice, noted: readonly DeviceNote[]): boolean {
  const began = Date.parse(evaluatedAt);
  return isReason(reason) && noted.some((note) => note.at > began && isWorse(note.reason, reason));
}
