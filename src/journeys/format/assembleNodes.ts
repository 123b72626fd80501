import { finding, type Finding } from '../finding.ts';
import type { JourneyNode, Place } from '../journey.ts';
import { entryOf, isJsonObject, type Json, type JsonObject } from '../json.ts';
import { within, type Piece } from './pieces.ts';

interface Assembly {
  /** Settings that stand apart from the tree. */
  readonly find: (id: string) => Piece | undefined;
  readonly findings: Finding[];
}

/** The nodes of one tree, with their settings from wherever the layout keeps them. */
export function assembleNodes(
  tree: string,
  nodes: Json | undefined,
  place: Place,
  { find, findings }: Assembly,
): ReadonlyMap<string, JourneyNode> {
  const malformed = (message: string, at: Place, node?: string): void => {
    findings.push(finding('malformed', message, at, { tree, ...(node === undefined ? {} : { node }) }));
  };

  function assembleNode(id: string, value: JsonObject, at: Place): JourneyNode {
    const inline = INLINE_SETTINGS.find((key) => isJsonObject(entryOf(value, key)));
    const piece =
      inline === undefined
        ? find(id)
        : { value: entryOf(value, inline) as JsonObject, place: within(at, inline) };
    const type = entryOf(value, 'nodeType') ?? typeOf(piece);
    if (typeof type !== 'string') malformed('has no `nodeType`', at, id);
    const displayName = entryOf(value, 'displayName');
    const configurationPlace = piece?.place ?? at;
    return {
      id,
      type: typeof type === 'string' ? type : '',
      displayName: typeof displayName === 'string' ? displayName : typeof type === 'string' ? type : id,
      connections: connectionsOf(value, at, id),
      configuration: piece?.value,
      children: piece === undefined ? [] : childrenOf(piece.value, configurationPlace, id),
      position: positionOf(value),
      place: at,
      configurationPlace,
    };
  }

  function connectionsOf(value: JsonObject, at: Place, node: string): ReadonlyMap<string, string> {
    const connections = entryOf(value, 'connections');
    if (connections === undefined || connections === null) return new Map();
    if (!isJsonObject(connections)) {
      malformed('should be an object', within(at, 'connections'), node);
      return new Map();
    }
    const known: [string, string][] = [];
    for (const [outcome, target] of Object.entries(connections)) {
      if (typeof target === 'string') known.push([outcome, target]);
      else malformed('should be the id of a node', within(at, 'connections', outcome), node);
    }
    return new Map(known);
  }

  /** A page keeps the list of its nodes among its settings. */
  function childrenOf(settings: JsonObject, at: Place, page: string): readonly JourneyNode[] {
    const list = entryOf(settings, 'nodes');
    if (!Array.isArray(list)) return [];
    return list.flatMap((child, index) => {
      const childAt = within(at, 'nodes', index);
      const id = isJsonObject(child) ? entryOf(child, '_id') : undefined;
      if (isJsonObject(child) && typeof id === 'string') {
        // What stands in a page is a leaf: pages in pages are a finding of the check, and not followed.
        return [{ ...assembleNode(id, child, childAt), children: [] }];
      }
      malformed('should have an `_id`', childAt, page);
      return [];
    });
  }

  if (nodes === undefined || nodes === null) return new Map();
  if (!isJsonObject(nodes)) {
    malformed('should be an object', place);
    return new Map();
  }
  const assembled = new Map<string, JourneyNode>();
  for (const [id, value] of Object.entries(nodes)) {
    const at = within(place, id);
    if (isJsonObject(value)) assembled.set(id, assembleNode(id, value, at));
    else malformed('should be an object', at, id);
  }
  return assembled;
}

/** Where third-party tools put settings inside the tree; those of nodes in pages stand under the second. */
const INLINE_SETTINGS = ['config', '_properties'] as const;

function typeOf(piece: Piece | undefined): Json | undefined {
  const type = piece === undefined ? undefined : entryOf(piece.value, '_type');
  return isJsonObject(type) ? entryOf(type, '_id') : undefined;
}

function positionOf(value: JsonObject): JourneyNode['position'] {
  const x = entryOf(value, 'x');
  const y = entryOf(value, 'y');
  return typeof x === 'number' && typeof y === 'number' ? { x, y } : undefined;
}
