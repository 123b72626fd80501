import type { Decision } from '../node/decision.ts';
import type { Callback } from './callbacks/callback.ts';
import type { Identity } from '../identity/identity.ts';
import type { JsonObject } from './json.ts';

/** What a node adds to the end of the journey, beside state. Every field is optional, and what is not named stays. */
export interface Effects {
  /** Properties of the session to come; null takes one away. */
  readonly sessionProperties?: Readonly<Record<string, string | null>>;
  readonly maxSessionMinutes?: number;
  readonly maxIdleMinutes?: number;
  /** AM's name of what was proved, e.g. `DataStore`; the session lists them. */
  readonly method?: string;
  /** Whose proof it was. The journey can only succeed for this person from now on. */
  readonly identified?: Identity;
  /** What Intune said; sealed into the journey, and the device has to be presented again at every later step. */
  readonly device?: SealableDevice;
  /** Names of request headers that have to stay the same at every later step. */
  readonly boundHeaders?: readonly string[];
  /** The certificate of the connection has to stay the same at every later step. */
  readonly boundCertificate?: true;
  /** What is counted for somebody, and forgotten when the journey succeeds for that person. */
  readonly attempts?: readonly CountedAttempts[];
  /** Replaces the message of a failed login, and adds to its details. */
  readonly failure?: { readonly message?: string; readonly details: JsonObject };
  /** Adds to the answer of a successful login; session properties by the name they get there. */
  readonly success?: {
    readonly details: JsonObject;
    readonly sessionProperties: Readonly<Record<string, string>>;
  };
}

/** An entry of the attempt store, and for whom it counts, by the name that was given. */
export interface CountedAttempts {
  readonly key: string;
  readonly username: string;
}

export interface SealableDevice {
  readonly decision: Decision;
  /** The ids the request presented, in a fixed order; empty if it presented none that counts. */
  readonly presented: readonly string[];
}

/** Texts above the callbacks of a step. */
export interface PageTexts {
  readonly stage?: string;
  readonly header?: string;
  readonly description?: string;
}

/** What running a node came to. Made with the functions below. */
export type NodeResult =
  | { readonly is: 'outcome'; readonly outcome: string; readonly effects?: Effects }
  | {
      readonly is: 'ask';
      readonly callbacks: readonly Callback[];
      readonly page?: PageTexts;
      readonly effects?: Effects;
      /** For pages: the position of the node each callback belongs to. */
      readonly children?: readonly number[];
    }
  | {
      readonly is: 'suspend';
      readonly notify: (resumeUrl: string) => Promise<string>;
      readonly effects?: Effects;
    }
  | { readonly is: 'enter'; readonly tree: string }
  | { readonly is: 'fail'; readonly effects?: Effects };

/** Goes on where the outcome leads. */
export function goTo(outcome: string, effects?: Effects): NodeResult {
  return { is: 'outcome', outcome, ...(effects === undefined ? {} : { effects }) };
}

/** Sends callbacks to the client; the node runs again with the answers. */
export function ask(callbacks: readonly Callback[], page?: PageTexts): NodeResult {
  return { is: 'ask', callbacks, ...(page === undefined ? {} : { page }) };
}

/**
 * Waits until somebody follows a link; the node then runs again with `resumed`.
 *
 * @param notify - sends the link where it belongs and gives the text the client is shown meanwhile
 */
export function suspend(notify: (resumeUrl: string) => Promise<string>): NodeResult {
  return { is: 'suspend', notify };
}

/** Thrown by a node that cannot do its work: AM's NodeProcessException. The login fails; the message is for the log alone. */
export class NodeFault extends Error {
  override readonly name = 'NodeFault';
}
