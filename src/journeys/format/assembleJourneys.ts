import { finding, type Finding } from '../finding.ts';
import type { Journey, JourneyScript, JourneySet } from '../journey.ts';
import { entryOf } from '../json.ts';
import { assembleNodes } from './assembleNodes.ts';
import { within, type Piece, type Pieces, type TreePiece } from './pieces.ts';
import { scriptText } from './scriptText.ts';

export interface ReadJourneys {
  readonly set: JourneySet;
  readonly findings: readonly Finding[];
}

/**
 * Pure: brings the pieces of all files into the one form used inside. What is missing or has another shape is a finding, and the rest
 * is used.
 *
 * @param sources - script files by name, for exports that keep scripts apart
 */
export function assembleJourneys(pieces: Pieces, sources: ReadonlyMap<string, string>): ReadJourneys {
  const findings: Finding[] = [...pieces.findings];
  const journeys = new Map<string, Journey>();
  for (const tree of pieces.trees) {
    if (journeys.has(tree.name)) {
      findings.push(
        finding('duplicateJourney', 'another tree has this name', tree.place, { tree: tree.name }),
      );
      continue;
    }
    journeys.set(tree.name, assembleJourney(tree, pieces.nodes, findings));
  }
  const scripts = new Map<string, JourneyScript>();
  for (const [id, piece] of pieces.scripts) {
    const script = assembleScript(id, piece, sources);
    if (script === undefined) findings.push(finding('malformed', 'the script has no text', piece.place));
    else scripts.set(id, script);
  }
  return { set: { journeys, scripts }, findings };
}

function assembleJourney(
  { name, value, place, nodes }: TreePiece,
  loose: ReadonlyMap<string, Piece>,
  findings: Finding[],
): Journey {
  const flag = (key: string, fallback: boolean): boolean => {
    const found = entryOf(value, key);
    if (typeof found === 'boolean') return found;
    if (found !== undefined && found !== null) {
      findings.push(finding('malformed', 'should be true or false', within(place, key), { tree: name }));
    }
    return fallback;
  };
  const minutes = (key: string): number | undefined => {
    const found = entryOf(value, key);
    // AM writes 0 or nothing where the realm's own setting counts.
    if (found === undefined || found === null || found === 0) return undefined;
    if (typeof found === 'number' && Number.isSafeInteger(found) && found > 0) return found;
    findings.push(finding('malformed', 'should be a number of minutes', within(place, key), { tree: name }));
    return undefined;
  };
  const description = entryOf(value, 'description');
  const entry = entryOf(value, 'entryNodeId');
  return {
    name,
    // Some tools write the word.
    description: typeof description === 'string' && description !== 'null' ? description : '',
    enabled: flag('enabled', true),
    innerTreeOnly: flag('innerTreeOnly', false),
    transactionalOnly: flag('transactionalOnly', false),
    mustRun: flag('mustRun', false),
    noSession: flag('noSession', false),
    treeTimeout: minutes('treeTimeout'),
    maximumSessionTime: minutes('maximumSessionTime'),
    maximumIdleTime: minutes('maximumIdleTime'),
    entry: typeof entry === 'string' && entry !== '' ? entry : undefined,
    nodes: assembleNodes(name, entryOf(value, 'nodes'), within(place, 'nodes'), {
      find: (id) => nodes.get(id) ?? loose.get(id),
      findings,
    }),
    place,
  };
}

function assembleScript(
  id: string,
  { value, place }: Piece,
  sources: ReadonlyMap<string, string>,
): JourneyScript | undefined {
  const text = scriptText(entryOf(value, 'script'), sources);
  if (text === undefined) return undefined;
  const word = (key: string, fallback: string): string => {
    const found = entryOf(value, key);
    return typeof found === 'string' ? found : fallback;
  };
  return {
    id,
    name: word('name', id),
    text,
    language: word('language', 'JAVASCRIPT'),
    context: word('context', ''),
    evaluatorVersion: word('evaluatorVersion', '1.0'),
    place: within(place, 'script'),
  };
}
