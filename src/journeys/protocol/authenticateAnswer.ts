import type { Session } from '../../sessions/session.ts';
import type { JsonObject } from '../json.ts';

/** What AM's authenticate endpoint answers; the bodies are AM's. */
export type AuthenticateAnswer =
  | { readonly is: 'step'; readonly body: JsonObject }
  | {
      readonly is: 'success';
      readonly body: JsonObject;
      /** A session that began with this answer. */
      readonly issued?: { readonly token: string; readonly session: Session };
    }
  | Refusal;

export interface Refusal {
  readonly is: 'refused';
  readonly status: 400 | 401;
  readonly message: string;
  readonly detail?: JsonObject;
}

export function refuse(status: Refusal['status'], message: string, detail?: JsonObject): Refusal {
  return { is: 'refused', status, message, ...(detail === undefined ? {} : { detail }) };
}

/** What AM says of a login that failed, where the journey says nothing. */
export const LOGIN_FAILURE = 'Login failure';

/** A login that failed, for whatever reason: the client learns no more than the journey wants it to. */
export function loginFailure(
  end: {
    readonly failureUrl?: string;
    readonly message?: string | undefined;
    readonly details?: JsonObject;
  } = {},
): Refusal {
  return refuse(401, end.message ?? LOGIN_FAILURE, { ...end.details, failureUrl: end.failureUrl ?? '' });
}

/** The code tells clients to begin again. */
export const TIMED_OUT: Refusal = refuse(401, 'Session has timed out', { errorCode: '110' });

/** A link that was followed before, or too late. */
export const UNKNOWN_LINK: Refusal = refuse(
  401,
  'org.forgerock.openam.auth.nodes.framework.token.SuspendedAuthSessionException: Token not found. It may have expired.',
);
