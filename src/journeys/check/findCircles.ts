/** Where a node stands in the search. */
interface Visit {
  readonly order: number;
  /** The first node of the way here that can be come back to. */
  lowest: number;
  isOnWay: boolean;
}

/**
 * Pure: the nodes that lie on circles, each with all nodes it shares circles with: the strongly connected components of a graph, by
 * Tarjan's algorithm, which looks at each connection once.
 *
 * @param next - for each node, those it leads to; all of them are nodes of the graph. No more than some thousand, since it recurses
 */
export function findCircles(
  next: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const visits = new Map<string, Visit>();
  const way: string[] = [];
  const circles = new Map<string, ReadonlySet<string>>();

  function visit(id: string): Visit {
    const here: Visit = { order: visits.size, lowest: visits.size, isOnWay: true };
    visits.set(id, here);
    const start = way.push(id) - 1;
    const targets = next.get(id) ?? new Set<string>();
    for (const target of targets) {
      const there = visits.get(target);
      if (there === undefined) here.lowest = Math.min(here.lowest, visit(target).lowest);
      else if (there.isOnWay) here.lowest = Math.min(here.lowest, there.order);
    }
    if (here.lowest === here.order) close(new Set(way.splice(start)), targets.has(id));
    return here;
  }

  function close(members: ReadonlySet<string>, leadsToItself: boolean): void {
    for (const id of members) {
      const passed = visits.get(id);
      if (passed !== undefined) passed.isOnWay = false;
      if (members.size > 1 || leadsToItself) circles.set(id, members);
    }
  }

  for (const id of next.keys()) if (!visits.has(id)) visit(id);
  return circles;
}
