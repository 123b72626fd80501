import { entryOf, isJsonObject } from '../json.ts';
import type { JourneyLayout } from './journeyLayout.ts';
import { joinPieces, NO_PIECES, within } from './pieces.ts';
import { piecesById } from './piecesById.ts';

/**
 * A tree as AM's REST interface gives it. Configuration managers that keep one file per object write the same. Older exports put
 * `innernodes` beside the tree's own keys.
 */
export const amRestTree: JourneyLayout = {
  name: 'AM, tree',
  read(value, place) {
    const name = entryOf(value, '_id');
    if (typeof name !== 'string' || name === '') return undefined;
    const nodes = entryOf(value, 'nodes');
    if (!isJsonObject(nodes) && entryOf(value, 'entryNodeId') === undefined) return undefined;
    const parts = ['innerNodes', 'innernodes'].map((key) =>
      piecesById(entryOf(value, key), within(place, key), name),
    );
    return {
      ...NO_PIECES,
      trees: [{ name, value, place, nodes: new Map(parts.flatMap(({ pieces }) => [...pieces])) }],
      findings: parts.flatMap(({ findings }) => findings),
    };
  },
};

/** The settings of one node. */
export const amRestNode: JourneyLayout = {
  name: 'AM, node',
  read(value, place) {
    const id = entryOf(value, '_id');
    if (typeof id !== 'string' || id === '' || !isJsonObject(entryOf(value, '_type'))) return undefined;
    return { ...NO_PIECES, nodes: new Map([[id, { value, place }]]) };
  },
};

/** One script. Told from the settings of a scripted node, which name a script, by having no type. */
export const amRestScript: JourneyLayout = {
  name: 'AM, script',
  read(value, place) {
    const id = entryOf(value, '_id');
    if (typeof id !== 'string' || id === '' || entryOf(value, 'script') === undefined) return undefined;
    return { ...NO_PIECES, scripts: new Map([[id, { value, place }]]) };
  },
};

/** The answer to a query: a list of any of these. */
export const amRestList: JourneyLayout = {
  name: 'AM, query result',
  read(value, place) {
    const list = entryOf(value, 'result');
    if (!Array.isArray(list)) return undefined;
    const read = list.map((item, index) => {
      const at = within(place, 'result', index);
      if (!isJsonObject(item)) return undefined;
      return amRestTree.read(item, at) ?? amRestNode.read(item, at) ?? amRestScript.read(item, at);
    });
    const known = read.filter((pieces) => pieces !== undefined);
    // A query that found nothing is an answer, too.
    return known.length === 0 && list.length > 0 ? undefined : joinPieces(known);
  },
};
