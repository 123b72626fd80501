import type { z } from 'zod';
import type { MailSenders } from '../identity/mailSender.ts';
import type { Asks } from './asks.ts';
import type { ClientCertificates } from './clientCertificates.ts';
import type { IntuneNodes } from './intuneNodes.ts';
import type { JourneyRequest } from './journeyRequest.ts';
import type { InnerEnding, JourneyLookup, NodeContext } from './nodeContext.ts';
import type { NodeResult } from './nodeResult.ts';

/** An outcome a node may have: what connections are keyed by, and what people see. */
export interface NodeOutcome {
  readonly id: string;
  readonly displayName: string;
}

/** What a check may look up. A part that is not known is not checked. */
export interface CheckContext {
  readonly nodeId: string;
  readonly journeys: JourneyLookup;
  readonly intuneNodes: IntuneNodes | undefined;
  readonly mail: MailSenders | undefined;
  readonly certificates: ClientCertificates | undefined;
}

/** What tells the device of a later step. */
export interface PresentContext {
  readonly nodeId: string;
  readonly request: JourneyRequest;
  readonly intuneNodes: IntuneNodes;
}

/** Something wrong with the settings of a node that its schema alone cannot tell. */
export interface ConfigurationProblem {
  readonly code: 'badConfiguration' | 'missingInnerTree' | 'disabledInnerTree' | 'missingScript';
  /** Key of the setting, or path to a part of it. */
  readonly at: readonly (string | number)[];
  readonly message: string;
}

/** Defines a type of node. Docs/journeys.md has a commented example. */
export interface NodeType<C = unknown> {
  /** AM's name, as trees spell it. */
  readonly type: string;
  readonly displayName: string;
  /** AM's keys and defaults. Keys it does not name are ignored, as versions of AM differ in them. */
  readonly configuration: z.ZodType<C>;
  /** What the node may answer, in AM's order. */
  outcomes(config: C): readonly NodeOutcome[];
  asks(config: C): Asks;
  /**
   * State keys the node reads; it sees no others, and transient values of them are kept for it. Left out: it sees all, and nothing is
   * kept for it.
   */
  inputs?(config: C): readonly string[];
  /** It takes back: a circle with this node in it ends by itself. */
  readonly endsLoops?: true;
  /** A page: it runs the nodes among its settings. Its outcomes are those of the last one. */
  readonly holdsNodes?: true;
  /** Cannot stand in a page. */
  readonly notInPage?: true;
  /** It looks at what a device presents: a session is never enough for a journey with it. */
  readonly looksAtDevice?: true;
  check?(config: C, context: CheckContext): readonly ConfigurationProblem[];
  /** The inner tree this node runs. */
  innerTree?(config: C): string | undefined;
  /** The ids of the device that a request presents to this node; undefined if it presents something that does not count. */
  present?(config: C, context: PresentContext): Promise<readonly string[] | undefined>;
  run(context: NodeContext<C>): Promise<NodeResult> | NodeResult;
  /** After an inner tree has ended. Undefined passes a fault on. */
  returned?(context: NodeContext<C>, ending: InnerEnding): NodeResult | undefined;
}

/** Checks a definition against the contract, and infers the type of its settings. */
export function defineNodeType<C>(definition: NodeType<C>): NodeType<C> {
  return definition;
}

/** Outcome lists many types share. */
export const SINGLE_OUTCOME: readonly NodeOutcome[] = [{ id: 'outcome', displayName: 'Outcome' }];
export const TRUE_FALSE: readonly NodeOutcome[] = [
  { id: 'true', displayName: 'True' },
  { id: 'false', displayName: 'False' },
];
