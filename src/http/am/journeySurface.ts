import type { Authenticator } from '../../journeys/protocol/authenticator.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { SessionTokens } from '../../sessions/sessionTokens.ts';
import type { SessionCookie } from './sessionCookie.ts';

/** What the routes of AM's protocol answer from. */
export interface JourneySurface {
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  readonly tokens: SessionTokens;
  readonly cookie: SessionCookie;
  /** The one realm that is answered for, as AM writes it: `/`, `/alpha`. */
  readonly realm: string;
  /** Origin under which clients reach the gate; undefined to go by the Host header. */
  readonly publicUrl: string | undefined;
  /** Origins whose pages may call, exactly. None: no page of another origin. */
  readonly corsOrigins: readonly string[];
}
