import { randomBytes } from 'node:crypto';
import { startDeadline } from '../../node/deadline.ts';
import { abortSignalOf } from '../../node/ending.ts';
import { askedOf } from '../callbacks/callback.ts';
import { FAILURE_ID, isStaticId, SUCCESS_ID } from '../journey.ts';
import type { InnerEnding } from '../nodeContext.ts';
import { NodeFault, type NodeResult } from '../nodeResult.ts';
import type { RunnableJourney, RunnableNode } from '../runnableJourney.ts';
import type { JourneyEvent } from './journeyEvent.ts';
import type { JourneyRun } from './journeyRun.ts';
import type { NeededInputs } from './neededInputs.ts';
import { contextOf, gather, NO_INPUT, runNode, type NodeInput, type StepEnvironment } from './runNode.ts';
import type { FailureCause, StepEnd } from './stepEnd.ts';
import { enterTree, pauseWalk, topOf, type Walk } from './walk.ts';

export interface WalkOptions {
  readonly journeys: ReadonlyMap<string, RunnableJourney>;
  readonly needed: NeededInputs;
  readonly nodeDeadlineMs: number;
  readonly suspendMinutes: number;
  readonly resumeUrl: string | undefined;
  readonly onEvent?: (event: JourneyEvent) => void;
}

/** Most nodes in one step. A tree has tens of nodes; a circle would go on for ever. */
const MOST_HOPS = 500;
/** Most times one run asks the client. */
const MOST_STEPS = 200;
/** Most trees inside one another. */
const DEEPEST_TREE = 10;
/** Largest state that is handed to the client, in bytes of JSON. */
const LARGEST_STATE = 98_304;

/** Runs node after node until the client has to be asked, or the journey ends. Whatever a node throws fails the journey. */
export async function walkOn(
  walk: Walk,
  first: NodeInput,
  environment: StepEnvironment,
  options: WalkOptions,
): Promise<StepEnd> {
  let input = first;
  let result: NodeResult | undefined;
  for (let hops = 0; hops < MOST_HOPS; hops += 1) {
    const { node: id, journey } = topOf(walk);
    const node = journey.nodes.get(id);
    try {
      if (isStaticId(id)) {
        if (walk.frames.length === 1) return finish(id, walk);
        walk.frames.pop();
        result = returnTo(walk, { is: id === SUCCESS_ID ? 'success' : 'failure' }, environment);
      } else if (node !== undefined) {
        result = await runBounded(node, walk, input, environment, options);
      }
      input = NO_INPUT;
      if (result === undefined) throw new NodeFault('there is no such node');
      const end = await follow(result, walk, environment, options);
      if (end !== undefined) return end;
    } catch (error) {
      tell(error, walk, options);
      const handled = unwind(walk, environment);
      if (!handled) return failed('fault', walk);
    }
  }
  tell(new NodeFault(`more than ${MOST_HOPS} nodes in one step`), walk, options);
  return failed('fault', walk);
}

async function runBounded(
  node: RunnableNode,
  walk: Walk,
  input: NodeInput,
  environment: StepEnvironment,
  { nodeDeadlineMs }: WalkOptions,
): Promise<NodeResult> {
  const deadline = startDeadline(nodeDeadlineMs, environment.now, environment.signal);
  let made: AbortSignal | undefined;
  try {
    const bounded: StepEnvironment = {
      ...environment,
      // Made when a node asks for it: most do not, and it would be a good part of what they cost.
      get signal() {
        return (made ??= abortSignalOf(deadline.signal));
      },
    };
    return await deadline.bound(runNode(node, walk, input, bounded));
  } finally {
    deadline.end();
  }
}

/** Acts on what a node came to; gives the end of the step, if it is one. */
async function follow(
  result: NodeResult,
  walk: Walk,
  environment: StepEnvironment,
  options: WalkOptions,
): Promise<StepEnd | undefined> {
  const frame = topOf(walk);
  const node = frame.journey.nodes.get(frame.node);
  switch (result.is) {
    case 'outcome': {
      const target = node?.connections.get(result.outcome);
      if (node?.outcomes.every(({ id }) => id !== result.outcome) === true)
        throw new NodeFault(`the node answered ${result.outcome}, which is none of its outcomes`);
      if (target === undefined) throw new NodeFault(`${result.outcome} leads nowhere`);
      options.onEvent?.({ type: 'nodePassed', ...placeOf(walk), outcome: result.outcome });
      frame.node = target;
      return undefined;
    }
    case 'fail':
      frame.node = FAILURE_ID;
      return undefined;
    case 'enter': {
      const journey = options.journeys.get(result.tree);
      if (journey === undefined) throw new NodeFault('the inner tree may not run');
      if (walk.frames.length === DEEPEST_TREE) throw new NodeFault('too many trees inside one another');
      enterTree(walk, journey, options.needed);
      return undefined;
    }
    case 'ask': {
      if (result.callbacks.length === 0) throw new NodeFault('the node asked nothing');
      const asked = result.callbacks.map((callback, index) => askedOf(callback, result.children?.[index]));
      const run = pause(walk, asked, options);
      return { is: 'asked', run, callbacks: result.callbacks, page: result.page ?? {} };
    }
    case 'suspend': {
      if (options.resumeUrl === undefined) throw new NodeFault('no resumeUrl is configured');
      const id = randomBytes(32).toString('base64url');
      const link = new URL(options.resumeUrl);
      link.searchParams.set('suspendedId', id);
      const message = await result.notify(link.href);
      const expiresAt = environment.now() + options.suspendMinutes * 60_000;
      return { is: 'suspended', run: { ...pause(walk, [], options), expiresAt }, id, message };
    }
  }
}

function pause(walk: Walk, asked: JourneyRun['asked'], { needed }: WalkOptions): JourneyRun {
  const run = pauseWalk(walk, asked, needed);
  if (run.step > MOST_STEPS) throw new NodeFault(`asked more than ${MOST_STEPS} times`);
  if (Buffer.byteLength(JSON.stringify(run)) > LARGEST_STATE) throw new NodeFault('the state is too large');
  return run;
}

/** Tells the node that ran an inner tree how that ended. */
function returnTo(walk: Walk, ending: InnerEnding, environment: StepEnvironment): NodeResult | undefined {
  const { journey, node: id } = topOf(walk);
  const node = journey.nodes.get(id);
  const result = node?.type.returned?.(contextOf(node, walk, NO_INPUT, environment), ending);
  if (node !== undefined && result !== undefined) gather(walk, node, result, environment);
  return result;
}

/** Gives up inner trees until one is inside a node that takes a fault as an outcome. False if none does. */
function unwind(walk: Walk, environment: StepEnvironment): boolean {
  const { nodeId: id, displayName, nodeType: type } = culpritOf(walk);
  while (walk.frames.length > 1) {
    walk.frames.pop();
    const result = returnTo(walk, { is: 'fault', node: { id, displayName, type } }, environment);
    const frame = topOf(walk);
    if (result?.is !== 'outcome') continue;
    const target = frame.journey.nodes.get(frame.node)?.connections.get(result.outcome);
    if (target === undefined) continue;
    frame.node = target;
    return true;
  }
  return false;
}

function finish(id: string, walk: Walk): StepEnd {
  if (id !== SUCCESS_ID) return failed('refused', walk);
  return {
    is: 'succeeded',
    journeyId: walk.run.id,
    journey: topOf(walk).journey.journey,
    noSession: walk.run.noSession,
    beganWith: walk.run.beganWith,
    gathered: walk.gathered,
    state: walk.shared,
  };
}

export function failed(cause: FailureCause, { run, shared, gathered }: Walk): StepEnd {
  const failureUrl = shared.get('failureUrl');
  return {
    is: 'failed',
    journeyId: run.id,
    tree: run.tree,
    gathered,
    cause,
    failureUrl: typeof failureUrl === 'string' ? failureUrl : '',
  };
}

function culpritOf(walk: Walk): { nodeId: string; displayName: string; nodeType: string } {
  const { node: id, journey } = topOf(walk);
  const node = journey.nodes.get(id);
  return { nodeId: id, displayName: node?.displayName ?? '', nodeType: node?.type.type ?? '' };
}

function placeOf(walk: Walk): { journeyId: string; tree: string; node: string; nodeType: string } {
  const { nodeId, nodeType } = culpritOf(walk);
  return { journeyId: walk.run.id, tree: topOf(walk).journey.journey.name, node: nodeId, nodeType };
}

/** The text of what is thrown by accident may hold anything, so only its kind is told. */
function tell(error: unknown, walk: Walk, { onEvent }: WalkOptions): void {
  const cause = error instanceof Error ? error : new Error();
  const detail = cause instanceof NodeFault ? cause.message : cause.name;
  onEvent?.({ type: 'nodeFailed', ...placeOf(walk), detail, cause });
}
