import type { IdentityStore } from '../identity/identityStore.ts';
import type { MailSenders } from '../identity/mailSender.ts';
import type { SecondFactors } from '../identity/secondFactors.ts';
import type { Asks } from './asks.ts';
import type { AttemptStore } from './attemptStore.ts';
import type { Answer } from './callbacks/callback.ts';
import type { ClientCertificates } from './clientCertificates.ts';
import type { IntuneNodes } from './intuneNodes.ts';
import type { JourneyScript } from './journey.ts';
import type { JourneyOperations } from './journeyOperations.ts';
import type { JourneyRequest } from './journeyRequest.ts';
import type { LocalisedTexts } from './localisedTexts.ts';
import type { NodeResult } from './nodeResult.ts';
import type { NodeState } from './state/nodeState.ts';

/** What a node may know of the session the request came with. */
export interface ExistingSession {
  readonly id: string;
  readonly username: string;
  readonly authLevel: number;
  readonly properties: Readonly<Record<string, string>>;
}

/** How an inner tree ended. */
export type InnerEnding =
  | { readonly is: 'success' }
  | { readonly is: 'failure' }
  | {
      readonly is: 'fault';
      readonly node: { readonly id: string; readonly displayName: string; readonly type: string };
    };

/** What a node is run with. */
export interface NodeContext<C> {
  readonly nodeId: string;
  /** Name of the tree the node stands in. */
  readonly tree: string;
  readonly realm: string;
  /** Of this run of the journey; the same at every step. */
  readonly journeyId: string;
  /** When this run ends at the latest, milliseconds since 1970. */
  readonly journeyExpiresAt: number;
  readonly config: C;
  readonly state: NodeState;
  /** Answers to what this node asked, in the positions of its callbacks; undefined if it did not ask. */
  readonly answers: readonly Answer[] | undefined;
  /** True when somebody followed the link this node waited for. */
  readonly resumed: boolean;
  readonly request: JourneyRequest;
  readonly session: ExistingSession | undefined;
  /** Ends at the deadline of the node, or when the client goes away. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly ports: NodePorts;
  /** Other trees and scripts the set has, for nodes that name them. */
  readonly journeys: JourneyLookup;
  /** Picks a text in a language the client prefers. */
  readonly localise: (texts: LocalisedTexts, fallback: string) => string;
  /** For pages: the nodes in it, in order. */
  readonly children: readonly PageChild[];
}

/** One node of a page, as the page runs it. */
export interface PageChild {
  readonly asks: Asks;
  /** Answers to what it asked; undefined if it did not ask. */
  readonly answers: readonly Answer[] | undefined;
  /** Runs it; what it adds beside state is gathered whatever becomes of the page. */
  run(answers: readonly Answer[] | undefined): Promise<NodeResult>;
}

/** What nodes reach the world through. Each is a port; tests and other products bring their own. */
export interface NodePorts {
  readonly identities: IdentityStore;
  readonly attempts: AttemptStore;
  readonly intuneNodes: IntuneNodes;
  /** Undefined where there are none. */
  readonly operations?: JourneyOperations | undefined;
  readonly secondFactors: SecondFactors;
  readonly mail: MailSenders;
  readonly certificates: ClientCertificates;
}

export interface JourneyLookup {
  journey(name: string): { readonly enabled: boolean } | undefined;
  script(id: string): JourneyScript | undefined;
}
