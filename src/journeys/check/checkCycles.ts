import type { Asks } from '../asks.ts';
import { finding, type Finding } from '../finding.ts';
import type { Journey, JourneyNode } from '../journey.ts';
import type { RunnableNode } from '../runnableJourney.ts';
import { nodesFrom } from './reachableNodes.ts';

/**
 * Circles that can turn without anybody being asked. A node that asks each time breaks a circle. If a node may ask or not, nobody can say,
 * which is a warning, and so is a circle that only ever counts. A circle that asks at times and counts its turns is what retries are.
 */
export function checkCycles(
  { name, nodes }: Journey,
  runnable: ReadonlyMap<string, RunnableNode>,
  reachable: ReadonlySet<string>,
): readonly Finding[] {
  const silent = [...nodes.values()].filter(
    ({ id }) => reachable.has(id) && asksOf(runnable.get(id)) !== 'always',
  );
  const ids = new Set(silent.map(({ id }) => id));
  const next = (id: string): Iterable<string> =>
    [...(nodes.get(id)?.connections.values() ?? [])].filter((target) => ids.has(target));
  const after = new Map(
    silent.map(({ id }) => [id, new Set([...next(id)].flatMap((target) => [...nodesFrom(target, next)]))]),
  );
  const told = new Set<string>();

  /** Somebody may be asked in it, and no way around it leaves out a node that ends loops. */
  function asksAndEnds(circle: readonly JourneyNode[]): boolean {
    const endless = new Set(
      circle.filter(({ id }) => runnable.get(id)?.type.endsLoops !== true).map(({ id }) => id),
    );
    const nextEndless = (id: string): Iterable<string> =>
      [...next(id)].filter((target) => endless.has(target));
    return (
      circle.some(({ id }) => asksOf(runnable.get(id)) === 'sometimes') &&
      [...endless].every((id) =>
        [...nextEndless(id)].every((target) => !nodesFrom(target, nextEndless).has(id)),
      )
    );
  }

  return silent.flatMap(({ id, place }) => {
    if (told.has(id) || after.get(id)?.has(id) !== true) return [];
    const circle = silent.filter(
      (other) => after.get(id)?.has(other.id) === true && after.get(other.id)?.has(id) === true,
    );
    for (const other of circle) told.add(other.id);
    if (asksAndEnds(circle)) return [];
    const certain = circle.every((other) => {
      const node = runnable.get(other.id);
      return node !== undefined && asksOf(node) === 'never' && node.type.endsLoops !== true;
    });
    const names = circle.map((other) => other.displayName).join(', ');
    return [
      finding(
        certain ? 'cycleWithoutInteraction' : 'cycleMayNotAsk',
        `${names} lead in a circle in which ${certain ? 'nobody is asked' : 'perhaps nobody is asked'}`,
        place,
        { tree: name, node: id },
      ),
    ];
  });
}

/** A page asks if any of its nodes does. */
function asksOf(node: RunnableNode | undefined): Asks {
  if (node === undefined) return 'sometimes';
  const all = new Set([node, ...node.children].map(({ type, config }) => type.asks(config)));
  return all.has('always') ? 'always' : all.has('sometimes') ? 'sometimes' : 'never';
}
