import { z } from 'zod';
import { parseStrictJson } from '../../strictJson.ts';
import { finding, type Finding } from '../finding.ts';
import { within } from '../format/pieces.ts';
import { isScriptFile, LARGEST_JOURNEY_FILE, type JourneyFile } from '../format/readJourneys.ts';
import { scriptText } from '../format/scriptText.ts';
import type { Place } from '../journey.ts';
import { entryOf, isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { DesignerNode } from './designerNode.ts';

export interface ReadDesignerNodes {
  readonly nodes: readonly DesignerNode[];
  readonly findings: readonly Finding[];
  /** The files that may hold journeys: all but those that hold node types alone. */
  readonly rest: readonly JourneyFile[];
}

const json = z.json().transform((value) => value as Json);

const property = z.object({
  type: z.enum(['STRING', 'NUMBER', 'BOOLEAN', 'OBJECT']),
  required: z.boolean().default(false),
  multivalued: z.boolean().default(false),
  defaultValue: json.optional(),
});

const nodeType = z.object({
  serviceName: z.string().regex(/^[0-9a-f]{32}$/i, 'should be 32 hex digits'),
  displayName: z.string().min(1),
  outcomes: z.array(z.string().min(1)).min(1),
  inputs: z.array(z.string()).nullish(),
  outputs: z.array(z.string()).nullish(),
  errorOutcome: z.boolean().nullish(),
  script: json,
  properties: z.record(z.string(), property).nullish(),
});

/**
 * Pure: takes the node types of AM's Node Designer out of files, be it files of their own or exports of journeys that bring theirs
 * along.
 */
export function readDesignerNodes(files: readonly JourneyFile[]): ReadDesignerNodes {
  const sources = new Map(
    files
      .filter(({ name }) => isScriptFile(name))
      .map(({ name, content }) => [baseName(name), textOf(content)]),
  );
  const nodes = new Map<string, DesignerNode>();
  const findings: Finding[] = [];
  const rest = files.filter((file) => {
    const value = readObject(file);
    if (value === undefined) return true;
    const place = { file: file.name, path: '' };
    for (const [holder, at] of holdersOf(value, place)) collect(holder, at);
    return !isJsonObject(entryOf(value, 'nodeTypes')) || isJourney(value);
  });
  return { nodes: [...nodes.values()], findings, rest };

  function collect(holder: JsonObject, at: Place): void {
    const types = entryOf(holder, 'nodeTypes');
    if (!isJsonObject(types)) return;
    for (const [id, type] of Object.entries(types)) {
      const here = within(at, 'nodeTypes', id);
      const parsed = nodeType.safeParse(type);
      const script = parsed.success ? scriptText(parsed.data.script, sources) : undefined;
      if (!parsed.success) {
        for (const { path, message } of parsed.error.issues)
          findings.push(finding('malformed', message, within(here, ...path.map(String))));
      } else if (script === undefined) {
        findings.push(finding('malformed', 'the script has no text', within(here, 'script')));
      } else {
        const { serviceName, displayName, outcomes, inputs, outputs, errorOutcome, properties } = parsed.data;
        const name = `designer-${serviceName}`;
        // Several exports bring the same type along.
        nodes.set(name, {
          type: name,
          displayName,
          outcomes,
          inputs: inputs ?? [],
          outputs: outputs ?? [],
          errorOutcome: errorOutcome ?? false,
          script,
          properties: new Map(
            Object.entries(properties ?? {}).map(([key, one]) => [
              key,
              { ...one, defaultValue: one.defaultValue ?? undefined },
            ]),
          ),
        });
      }
    }
  }
}

function readObject({ name, content }: JourneyFile): JsonObject | undefined {
  if (isScriptFile(name) || content.length > LARGEST_JOURNEY_FILE) return undefined;
  const text = textOf(content);
  // Most files have none, and reading them twice would be for nothing.
  if (!text.includes('"nodeTypes"')) return undefined;
  const parsed = parseStrictJson(text);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
}

/** The file itself, and each tree of an export of several. */
function holdersOf(value: JsonObject, place: Place): readonly (readonly [JsonObject, Place])[] {
  const trees = entryOf(value, 'trees');
  const inTrees = isJsonObject(trees) ? Object.entries(trees) : [];
  return [
    [value, place] as const,
    ...inTrees.flatMap(([name, tree]) =>
      isJsonObject(tree) ? [[tree, within(place, 'trees', name)] as const] : [],
    ),
  ];
}

function isJourney(value: JsonObject): boolean {
  return entryOf(value, 'tree') !== undefined || entryOf(value, 'trees') !== undefined;
}

function textOf(content: Uint8Array | string): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
}

function baseName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
}
