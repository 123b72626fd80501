import { finding } from '../finding.ts';
import { entryOf, isJsonObject } from '../json.ts';
import { amRestTree } from './amRest.ts';
import type { JourneyLayout } from './journeyLayout.ts';
import { NO_PIECES, within } from './pieces.ts';

/** Amster's export: one file per object, of which `metadata.entityType` says what it is. */
export const amster: JourneyLayout = {
  name: 'Amster',
  read(value, place) {
    const metadata = entryOf(value, 'metadata');
    const data = entryOf(value, 'data');
    if (!isJsonObject(metadata) || !isJsonObject(data)) return undefined;
    const type = entryOf(metadata, 'entityType');
    if (typeof type !== 'string') return undefined;
    const at = within(place, 'data');
    const id = entryOf(data, '_id') ?? entryOf(metadata, 'entityId');
    if (typeof id !== 'string' || id === '') {
      return { ...NO_PIECES, findings: [finding('malformed', 'has no `_id`', at)] };
    }
    if (type === 'AuthTree') {
      const pieces = amRestTree.read({ ...data, _id: id }, at);
      return pieces ?? { ...NO_PIECES, findings: [finding('malformed', 'is no tree', at, { tree: id })] };
    }
    const piece = new Map([[id, { value: data, place: at }]]);
    // Every other kind of object is kept as settings; a tree that names it by id finds it.
    return /^Scripts?$/.test(type) ? { ...NO_PIECES, scripts: piece } : { ...NO_PIECES, nodes: piece };
  },
};
