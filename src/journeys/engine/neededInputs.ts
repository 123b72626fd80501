import { isStaticId } from '../journey.ts';
import { nodesFrom } from '../check/reachableNodes.ts';
import type { RunnableJourney, RunnableNode } from '../runnableJourney.ts';
import { EVERY_KEY } from '../state/nodeState.ts';

/** A set of state keys, in which `*` stands for all. */
export interface KeySet {
  has(key: string): boolean;
}

/** Which state keys nodes further on declare that they read. */
export interface NeededInputs {
  /** Of a node, of all that can follow it in its tree, and of the trees those run. */
  from(journey: RunnableJourney, node: string): KeySet;
  /** Of a whole tree. */
  of(journey: RunnableJourney): KeySet;
}

/** Works out what is needed once for each place. */
export function createNeededInputs(journeys: ReadonlyMap<string, RunnableJourney>): NeededInputs {
  const known = new Map<string, ReadonlySet<string>>();

  const from = (journey: RunnableJourney, node: string): KeySet => keySet(keysFrom(journey, node));

  function keysFrom(journey: RunnableJourney, node: string): ReadonlySet<string> {
    const place = `${node} ${journey.journey.name}`;
    let keys = known.get(place);
    if (keys === undefined) {
      keys = collect(journey, node);
      known.set(place, keys);
    }
    return keys;
  }

  function collect(journey: RunnableJourney, node: string): ReadonlySet<string> {
    const reachable = nodesFrom(node, (id) => journey.nodes.get(id)?.connections.values() ?? []);
    return new Set(
      [...reachable].flatMap((id) => {
        const found = isStaticId(id) ? undefined : journey.nodes.get(id);
        return found === undefined ? [] : [...inputsOf(found), ...innerInputsOf(found)];
      }),
    );
  }

  function innerInputsOf({ type, config }: RunnableNode): readonly string[] {
    const inner = journeys.get(type.innerTree?.(config) ?? '');
    // A tree never contains itself, or it would not be runnable.
    return inner === undefined ? [] : [...keysFrom(inner, inner.entry)];
  }

  return { from, of: (journey) => from(journey, journey.entry) };
}

function inputsOf({ type, config, children }: RunnableNode): readonly string[] {
  return [...(type.inputs?.(config) ?? []), ...children.flatMap(inputsOf)];
}

function keySet(keys: ReadonlySet<string>): KeySet {
  return keys.has(EVERY_KEY) ? { has: () => true } : keys;
}
