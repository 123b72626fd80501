import type { JsonObject } from './json.ts';

/** The two ends of every tree, under the ids PingAM gives them everywhere. */
export const SUCCESS_ID = '70e691a5-1e33-4ac3-a356-e7b6d60d92e0';
export const FAILURE_ID = 'e301438c-0bd0-429c-ab0c-66126501069a';
/** Where a picture of a tree begins; nothing leads to it. */
export const START_ID = 'startNode';

export function isStaticId(id: string): boolean {
  return id === SUCCESS_ID || id === FAILURE_ID;
}

/** Where something stands in a file that was read. */
export interface Place {
  readonly file: string;
  /** JSON Pointer (RFC 6901); empty for the file as a whole. */
  readonly path: string;
}

/** One node of a tree, with its settings as the file has them. */
export interface JourneyNode {
  readonly id: string;
  /** AM's name of the type, e.g. `UsernameCollectorNode`. */
  readonly type: string;
  readonly displayName: string;
  /** Outcome id to node id. */
  readonly connections: ReadonlyMap<string, string>;
  /** Undefined if no file has the settings of this node. */
  readonly configuration: JsonObject | undefined;
  /** The nodes of a page, in order. */
  readonly children: readonly JourneyNode[];
  readonly position: { readonly x: number; readonly y: number } | undefined;
  /** The node's entry in its tree. */
  readonly place: Place;
  /** Its settings; the same as `place` if there are none. */
  readonly configurationPlace: Place;
}

/** A tree in the one form used inside, whichever layout it came in. Times in minutes, as AM writes them. */
export interface Journey {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Runs inside other trees only. */
  readonly innerTreeOnly: boolean;
  /** Runs for transactions of AM alone, which there are none of here: it cannot be started. */
  readonly transactionalOnly: boolean;
  /** Runs even where a session would already do. */
  readonly mustRun: boolean;
  /** Ends without a session. */
  readonly noSession: boolean;
  readonly treeTimeout: number | undefined;
  readonly maximumSessionTime: number | undefined;
  readonly maximumIdleTime: number | undefined;
  /** Id of the first node; undefined if the tree names none. */
  readonly entry: string | undefined;
  readonly nodes: ReadonlyMap<string, JourneyNode>;
  readonly place: Place;
}

export interface JourneyScript {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly language: string;
  readonly context: string;
  /** `1.0` for legacy scripts, `2.0` for next-generation ones. */
  readonly evaluatorVersion: string;
  readonly place: Place;
}

/** Everything that was read together: trees find their inner trees and scripts in it. */
export interface JourneySet {
  readonly journeys: ReadonlyMap<string, Journey>;
  readonly scripts: ReadonlyMap<string, JourneyScript>;
}
