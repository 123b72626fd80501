import type { AskedCallback } from '../callbacks/callback.ts';
import type { JsonObject } from '../json.ts';
import type { CountedAttempts } from '../nodeResult.ts';

/** Where one tree of a run stands. Inner trees lie on top of those that run them. */
export interface Frame {
  readonly tree: string;
  /** The node that runs next; for a tree with another on top of it, the node that runs that one. */
  readonly node: string;
  /** What was transient and is needed again by nodes of this tree. */
  readonly secure: JsonObject;
}

/** What Intune said in this run, and which device it spoke of. */
export interface SealedDevice {
  /** Id of the node that asked, and its tree. */
  readonly node: string;
  readonly tree: string;
  /** The ids the request presented. */
  readonly presented: readonly string[];
  readonly deviceId: string | null;
  readonly outcome: string;
  readonly reason: string;
  readonly decisionId: string;
  /** ISO 8601, UTC. */
  readonly evaluatedAt: string;
}

/** What the nodes so far have added to the end of the journey. */
export interface Gathered {
  readonly sessionProperties: Readonly<Record<string, string>>;
  readonly maxSessionMinutes: number | undefined;
  readonly maxIdleMinutes: number | undefined;
  readonly methods: readonly string[];
  readonly identified: { readonly id: string; readonly username: string } | undefined;
  /** Of the node that asked last. */
  readonly device: SealedDevice | undefined;
  /** Of other nodes that asked before: their devices have to be presented, too. */
  readonly formerDevices?: readonly SealedDevice[];
  /** Header name to the hash of its value. */
  readonly boundHeaders: Readonly<Record<string, string>>;
  /** Hash of the certificate of the connection, where that is bound. */
  readonly boundCertificate?: string;
  /** What to forget at success, as far as it counts for who succeeds. */
  readonly attempts: readonly CountedAttempts[];
  readonly failure: { readonly message: string | undefined; readonly details: JsonObject };
  readonly success: {
    readonly details: JsonObject;
    readonly sessionProperties: Readonly<Record<string, string>>;
  };
}

/**
 * One run of a journey between two steps: everything the next step needs, as JSON. The client holds it, sealed, so it has no texts
 * that were shown and nothing that only lives for one request.
 */
export interface JourneyRun {
  readonly id: string;
  /** The tree it began with. */
  readonly tree: string;
  /** Of the definition it began with. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** The client wanted no session when it began. */
  readonly noSession: boolean;
  /** Id of the session it began with, whose user name it took over. */
  readonly beganWith?: string;
  /** How often the client was asked so far. */
  readonly step: number;
  /** Outermost first. */
  readonly frames: readonly Frame[];
  readonly shared: JsonObject;
  /** What the client was asked; empty while the run waits for a link to be followed. */
  readonly asked: readonly AskedCallback[];
  readonly gathered: Gathered;
}

export const NOTHING_GATHERED: Gathered = {
  sessionProperties: {},
  maxSessionMinutes: undefined,
  maxIdleMinutes: undefined,
  methods: [],
  identified: undefined,
  device: undefined,
  boundHeaders: {},
  attempts: [],
  failure: { message: undefined, details: {} },
  success: { details: {}, sessionProperties: {} },
};
