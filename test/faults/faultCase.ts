import type { Outcome } from '../../src/outcomes/outcome.ts';
import type { Reason } from '../../src/outcomes/reason.ts';
import type { SimulatedEndpoint } from '../../src/simulator/classifyRequest.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import type { WireFault } from '../support/wireFault.ts';

/** What the gate knows when the fault begins, in the order in which a case goes through it. */
export const TEMPERATURES = ['cold', 'fresh', 'stale', 'expired', 'recovered'] as const;
export type Temperature = (typeof TEMPERATURES)[number];

/** Which way a case goes: a device by its Intune id or its Entra id, its Entra record as well, or its apps as well. */
export type AskedNode = 'byIntuneId' | 'byEntraId' | 'withEntra' | 'withApps';

/** Requests by endpoint; those that are not named did not happen. Discovery is counted only where it fails. */
export type Calls = Readonly<Partial<Record<SimulatedEndpoint, number>>>;

export interface Expected {
  readonly outcome: Outcome;
  readonly reason: Reason;
  /** Of the evidence; null where there is none. */
  readonly source: 'graph' | 'cache' | 'staleCache' | null;
  /** Reasons of the warnings. */
  readonly warnings?: readonly Reason[];
  readonly calls: Calls;
}

/** One way for Microsoft, or for what stands between, to go wrong, and what comes of it. */
export interface FaultCase {
  readonly name: string;
  readonly node: AskedNode;
  /** By Microsoft itself, or on the way to the token endpoint or to Graph. */
  readonly fault:
    | {
        readonly by: 'simulator';
        readonly endpoint: SimulatedEndpoint;
        readonly fault: Fault;
        readonly times?: number;
      }
    | { readonly by: 'authority' | 'graph'; readonly wire: WireFault };
  /** Bound of each decision, milliseconds. Default {@link DEADLINE_MS}. */
  readonly deadlineMs?: number;
  /** How long after the answer calls are still counted, milliseconds; for what goes on behind it. */
  readonly settleMs?: number;
  /** Tokens end with the answers, so that a stale one needs a new token. */
  readonly shortTokens?: true;
  /** Nothing is known. */
  readonly cold: Expected;
  /** What is remembered may be used in an outage only. (What is fresh is Compliant from memory without a call, in every case.) */
  readonly stale: Expected;
  /** What is remembered is too old even for an outage. */
  readonly expired: Expected;
}

export const DEADLINE_MS = 1_200;
