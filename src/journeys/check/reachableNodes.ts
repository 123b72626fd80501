import type { Journey } from '../journey.ts';

/** Pure: the nodes some way from the start leads to. */
export function reachableNodes({ entry, nodes }: Journey): ReadonlySet<string> {
  return nodesFrom(entry, (id) => nodes.get(id)?.connections.values() ?? []);
}

/** Pure: everything that can be come to from a place, itself included. What leads on from nowhere is taken along. */
export function nodesFrom(
  start: string | undefined,
  next: (id: string) => Iterable<string>,
): ReadonlySet<string> {
  const seen = new Set<string>(start === undefined ? [] : [start]);
  for (const id of seen) for (const target of next(id)) seen.add(target);
  return seen;
}
