import type { Answer, AskedCallback } from '../callbacks/callback.ts';
import type { JourneyRequest } from '../journeyRequest.ts';
import { pickText } from '../localisedTexts.ts';
import type { ExistingSession, JourneyLookup, NodeContext, NodePorts } from '../nodeContext.ts';
import { NodeFault, type NodeResult } from '../nodeResult.ts';
import type { RunnableNode } from '../runnableJourney.ts';
import { createNodeState } from '../state/nodeState.ts';
import { gatherEffects } from './gatherEffects.ts';
import { topOf, type Walk } from './walk.ts';

/** What one step of a journey is run with; the same for every node of the step. */
export interface StepEnvironment {
  readonly realm: string;
  readonly request: JourneyRequest;
  readonly session: ExistingSession | undefined;
  readonly ports: NodePorts;
  readonly journeys: JourneyLookup;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What the client sent for the node that asked; for every other node of the step there is nothing. */
export interface NodeInput {
  readonly asked: readonly AskedCallback[];
  readonly answers: readonly Answer[] | undefined;
  readonly resumed: boolean;
}

export const NO_INPUT: NodeInput = { asked: [], answers: undefined, resumed: false };

/** Runs one node, and gathers what it adds beside state. The nodes of a page are run by the page. */
export async function runNode(
  node: RunnableNode,
  walk: Walk,
  input: NodeInput,
  environment: StepEnvironment,
): Promise<NodeResult> {
  const result = await node.type.run(contextOf(node, walk, input, environment));
  gather(walk, node, result, environment);
  return result;
}

/** The context a node is run with, or told that its inner tree has ended. */
export function contextOf(
  node: RunnableNode,
  walk: Walk,
  { answers, asked, resumed }: NodeInput,
  environment: StepEnvironment,
): NodeContext<unknown> {
  const { journey, stores } = topOf(walk);
  const { realm, request, session, ports, journeys, now } = environment;
  return {
    realm,
    request,
    session,
    ports,
    journeys,
    now,
    get signal() {
      return environment.signal;
    },
    nodeId: node.id,
    tree: journey.journey.name,
    journeyId: walk.run.id,
    journeyExpiresAt: walk.run.expiresAt,
    config: node.config,
    state: createNodeState(stores, node.type.inputs?.(node.config)),
    answers,
    resumed,
    localise: (texts, fallback) => pickText(texts, request.locales, fallback),
    children: node.children.map((child, position) => ({
      asks: child.type.asks(child.config),
      answers: answers === undefined ? undefined : answersOf(position, asked, answers),
      run: (own) => runNode(child, walk, { asked: [], answers: own, resumed }, environment),
    })),
  };
}

/** Undefined for a node of the page that asked nothing. */
function answersOf(
  child: number,
  asked: readonly AskedCallback[],
  answers: readonly Answer[],
): readonly Answer[] | undefined {
  const own = answers.filter((_, position) => asked[position]?.child === child);
  return own.length === 0 ? undefined : own;
}

/** @throws NodeFault if somebody else has proved something in this run before: what was proved belongs to one person */
export function gather(
  walk: Walk,
  node: RunnableNode,
  result: NodeResult,
  { request }: StepEnvironment,
): void {
  const effects = 'effects' in result ? result.effects : undefined;
  const former = walk.gathered.identified;
  if (former !== undefined && effects?.identified !== undefined && effects.identified.id !== former.id) {
    throw new NodeFault('somebody else has proved something in this run before');
  }
  const tree = topOf(walk).journey.journey.name;
  walk.gathered = gatherEffects(walk.gathered, effects, { tree, node: node.id, request });
}
