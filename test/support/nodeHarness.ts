import type { Answer } from '../../src/journeys/callbacks/callback.ts';
import type { InnerEnding, NodeContext, NodePorts } from '../../src/journeys/nodeContext.ts';
import type { JourneyRequest } from '../../src/journeys/journeyRequest.ts';
import type { Json } from '../../src/journeys/json.ts';
import { pickText } from '../../src/journeys/localisedTexts.ts';
import { NODE_TYPES } from '../../src/journeys/nodeTypes.ts';
import type { Effects, NodeResult } from '../../src/journeys/nodeResult.ts';
import { createNodeState } from '../../src/journeys/state/nodeState.ts';
import { NOW } from './fakeDirectory.ts';
import { testPorts } from './testPorts.ts';

/** What one run of one node starts from. */
export interface NodeCase {
  readonly type: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly shared?: Readonly<Record<string, Json>>;
  readonly secure?: Readonly<Record<string, Json>>;
  readonly transient?: Readonly<Record<string, Json>>;
  /** Values of the callbacks it asked, in order; undefined for what was only shown. */
  readonly answers?: readonly (string | number | undefined | { readonly validateOnly: string })[];
  readonly request?: Partial<JourneyRequest>;
  readonly ports?: Partial<NodePorts>;
  readonly now?: number;
  /** Told that its inner tree has ended, instead of being run. */
  readonly returned?: InnerEnding;
}

/** What is left after a run; what a row does not name stays as it was. */
export interface Expected {
  readonly outcome?: string;
  readonly asks?: unknown;
  readonly shared?: object;
  readonly transient?: object;
  readonly effects?: Effects;
}

/** A sentence, what a node is run with, and what comes of it. */
export type NodeRow = readonly [string, NodeCase, Expected];

export interface NodeCaseResult {
  readonly result: NodeResult;
  readonly shared: Readonly<Record<string, Json>>;
  readonly secure: Readonly<Record<string, Json>>;
  readonly transient: Readonly<Record<string, Json>>;
}

/** Runs one node by itself, as the engine would. */
export async function runAlone(nodeCase: NodeCase): Promise<NodeCaseResult> {
  const type = NODE_TYPES.find((candidate) => candidate.type === nodeCase.type);
  if (type === undefined) throw new Error(`there is no ${nodeCase.type}`);
  const config = type.configuration.parse(nodeCase.config ?? {});
  const stores = {
    shared: new Map(Object.entries(nodeCase.shared ?? {})),
    secure: new Map(Object.entries(nodeCase.secure ?? {})),
    transient: new Map(Object.entries(nodeCase.transient ?? {})),
  };
  const request: JourneyRequest = {
    caller: 'proxy',
    headers: [],
    peerAddress: undefined,
    parameters: new Map(),
    cookies: new Map(),
    locales: [],
    ...nodeCase.request,
  };
  const context: NodeContext<unknown> = {
    nodeId: 'node-1',
    tree: 'Test',
    realm: '/',
    journeyId: 'journey-1',
    journeyExpiresAt: NOW + 300_000,
    config,
    state: createNodeState(stores, type.inputs?.(config)),
    answers: nodeCase.answers?.map(toAnswer),
    resumed: false,
    request,
    session: undefined,
    signal: new AbortController().signal,
    now: () => nodeCase.now ?? NOW,
    ports: testPorts(nodeCase.ports, () => nodeCase.now ?? NOW),
    journeys: { journey: () => undefined, script: () => undefined },
    localise: (texts, fallback) => pickText(texts, request.locales, fallback),
    children: [],
  };
  const result =
    nodeCase.returned === undefined ? await type.run(context) : type.returned?.(context, nodeCase.returned);
  if (result === undefined) throw new Error('passed on');
  return {
    result,
    shared: Object.fromEntries(stores.shared),
    secure: Object.fromEntries(stores.secure),
    transient: Object.fromEntries(stores.transient),
  };
}

function toAnswer(value: NonNullable<NodeCase['answers']>[number]): Answer {
  return typeof value === 'object'
    ? { type: 'any', value: value.validateOnly, validateOnly: true }
    : { type: 'any', value, validateOnly: false };
}
