import { createHash } from 'node:crypto';
import type { Journey, JourneyNode, JourneyScript } from '../journey.ts';

/**
 * A hash over all that decides how trees run. Places in files, pictures, descriptions and AM's own marks do not count, and neither
 * does the order in which anything was read.
 */
export function journeyVersion(
  journeys: readonly Journey[],
  scripts: ReadonlyMap<string, JourneyScript>,
): string {
  const facts = {
    journeys: byKey(
      journeys.map(({ nodes, place: _place, description: _description, ...rest }) => [
        rest.name,
        { ...rest, nodes: byKey([...nodes].map(([id, node]) => [id, factsOf(node)])) },
      ]),
    ),
    scripts: byKey([...scripts].map(([id, { text, evaluatorVersion }]) => [id, { text, evaluatorVersion }])),
  };
  return createHash('sha256').update(JSON.stringify(facts, inOrder)).digest('base64url').slice(0, 22);
}

function factsOf({ type, connections, configuration, children }: JourneyNode): object {
  const settings = Object.entries(configuration ?? {}).filter(([key]) => !key.startsWith('_'));
  return {
    type,
    connections: byKey([...connections]),
    settings: byKey(settings),
    children: children.map((child) => ({ id: child.id, ...factsOf(child) })),
  };
}

function byKey(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries);
}

/** JSON with the keys of every object in order. */
function inOrder(_key: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}
