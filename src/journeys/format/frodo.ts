import { finding, type Finding } from '../finding.ts';
import type { Place } from '../journey.ts';
import { entryOf, isJsonObject, type JsonObject } from '../json.ts';
import type { JourneyLayout } from './journeyLayout.ts';
import { joinPieces, within, type Pieces } from './pieces.ts';
import { piecesById } from './piecesById.ts';

/** frodo's export of several trees: `trees` by name, each in the single form. */
export const frodoMulti: JourneyLayout = {
  name: 'frodo, several trees',
  read(value, place) {
    const trees = entryOf(value, 'trees');
    if (!isJsonObject(trees)) return undefined;
    return joinPieces(
      Object.entries(trees).map(([name, tree]) => {
        const at = within(place, 'trees', name);
        if (isJsonObject(tree) && isJsonObject(entryOf(tree, 'tree'))) return readSingle(tree, at, name);
        return malformed('should have a `tree`', at, name);
      }),
    );
  },
};

/** frodo's export of one tree: its settings beside it. `innernodes` is how older versions spell it. */
export const frodoSingle: JourneyLayout = {
  name: 'frodo, one tree',
  read(value, place) {
    const isSingle = isJsonObject(entryOf(value, 'tree')) && !Array.isArray(entryOf(value, 'nodes'));
    return isSingle ? readSingle(value, place) : undefined;
  },
};

function readSingle(value: JsonObject, place: Place, key?: string): Pieces {
  const tree = entryOf(value, 'tree');
  if (!isJsonObject(tree)) return malformed('should have a `tree`', place, key);
  const id = entryOf(tree, '_id');
  const name = typeof id === 'string' && id !== '' ? id : key;
  if (name === undefined) return malformed('the tree has no `_id`', within(place, 'tree'));
  const read = (from: string) => piecesById(entryOf(value, from), within(place, from), name);
  const parts = ['nodes', 'innerNodes', 'innernodes'].map(read);
  const scripts = read('scripts');
  return {
    trees: [
      {
        name,
        value: tree,
        place: within(place, 'tree'),
        nodes: new Map(parts.flatMap(({ pieces }) => [...pieces])),
      },
    ],
    nodes: new Map(),
    scripts: scripts.pieces,
    findings: [...parts, scripts].flatMap((part) => part.findings),
  };
}

function malformed(message: string, place: Place, tree?: string): Pieces {
  const findings: readonly Finding[] = [
    finding('malformed', message, place, tree === undefined ? {} : { tree }),
  ];
  return { trees: [], nodes: new Map(), scripts: new Map(), findings };
}
