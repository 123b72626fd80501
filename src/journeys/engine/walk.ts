import type { Json, JsonObject } from '../json.ts';
import type { RunnableJourney } from '../runnableJourney.ts';
import { promoteTransient } from '../state/promoteTransient.ts';
import type { StateStores } from '../state/nodeState.ts';
import type { AskedCallback } from '../callbacks/callback.ts';
import type { Gathered, JourneyRun } from './journeyRun.ts';
import type { NeededInputs } from './neededInputs.ts';

/** One tree of a walk. All frames share one shared store; secure and transient are each tree's own. */
export interface WalkFrame {
  readonly journey: RunnableJourney;
  node: string;
  readonly stores: StateStores;
}

/** A run while one step of it is under way: the working copy that nodes change. */
export interface Walk {
  readonly run: Pick<
    JourneyRun,
    'id' | 'tree' | 'version' | 'expiresAt' | 'noSession' | 'beganWith' | 'step'
  >;
  readonly frames: WalkFrame[];
  readonly shared: Map<string, Json>;
  gathered: Gathered;
}

/** Unpacks a run. Undefined if a tree of it may not run any more. */
export function resumeWalk(
  run: JourneyRun,
  journeys: ReadonlyMap<string, RunnableJourney>,
): Walk | undefined {
  const shared = new Map(Object.entries(run.shared));
  const frames: WalkFrame[] = [];
  for (const { tree, node, secure } of run.frames) {
    const journey = journeys.get(tree);
    if (journey === undefined || !journey.nodes.has(node)) return undefined;
    frames.push({
      journey,
      node,
      stores: { shared, secure: new Map(Object.entries(secure)), transient: new Map() },
    });
  }
  return frames.length === 0 ? undefined : { run, frames, shared, gathered: run.gathered };
}

/** Packs a walk for the time until the next step. Transient values that nobody needs end here. */
export function pauseWalk(
  { run, frames, shared, gathered }: Walk,
  asked: readonly AskedCallback[],
  needed: NeededInputs,
): JourneyRun {
  return {
    ...run,
    step: run.step + 1,
    frames: frames.map(({ journey, node, stores }) => {
      promoteTransient(stores, needed.from(journey, node));
      return { tree: journey.journey.name, node, secure: toObject(stores.secure) };
    }),
    shared: toObject(shared),
    asked,
    gathered,
  };
}

/** The tree that is under way. */
export function topOf({ frames }: Walk): WalkFrame {
  const top = frames.at(-1);
  if (top === undefined) throw new Error('a walk has at least one frame');
  return top;
}

/**
 * Begins an inner tree on top of the others. It shares shared state; of transient and secure values it gets those its nodes declare as
 * inputs, and what it makes of them stays inside.
 */
export function enterTree(walk: Walk, journey: RunnableJourney, needed: NeededInputs): void {
  const { stores } = topOf(walk);
  const wanted = needed.of(journey);
  const transient = new Map([...stores.secure, ...stores.transient].filter(([key]) => wanted.has(key)));
  walk.frames.push({
    journey,
    node: journey.entry,
    stores: { shared: walk.shared, secure: new Map(), transient },
  });
}

function toObject(map: ReadonlyMap<string, Json>): JsonObject {
  return Object.fromEntries(map);
}
