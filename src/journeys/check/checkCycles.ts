import type { Asks } from '../asks.ts';
import { finding, type Finding } from '../finding.ts';
import type { Journey, JourneyNode } from '../journey.ts';
import type { RunnableNode } from '../runnableJourney.ts';
import { findCircles } from './findCircles.ts';

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
  const next = new Map(
    silent.map(({ id, connections }) => [
      id,
      new Set([...connections.values()].filter((target) => ids.has(target))),
    ]),
  );
  const circles = findCircles(next);
  const told = new Set<ReadonlySet<string>>();

  /** Somebody may be asked in it, and no way around it leaves out a node that ends loops. */
  function asksAndEnds(circle: readonly JourneyNode[]): boolean {
    const endless = new Set(
      circle.filter(({ id }) => runnable.get(id)?.type.endsLoops !== true).map(({ id }) => id),
    );
    const nextEndless = new Map(
      [...endless].map((id) => [
        id,
        new Set([...(next.get(id) ?? [])].filter((target) => endless.has(target))),
      ]),
    );
    return (
      circle.some(({ id }) => asksOf(runnable.get(id)) === 'sometimes') && findCircles(nextEndless).size === 0
    );
  }

  return silent.flatMap(({ id, place }) => {
    const members = circles.get(id);
    if (members === undefined || told.has(members)) return [];
    told.add(members);
    const circle = silent.filter((other) => members.has(other.id));
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
