import { writeFileSync } from 'node:fs';
import { GateError } from '../errors.ts';
import type { Journey } from '../journeys/journey.ts';
import { drawMermaid } from '../journeys/picture/drawMermaid.ts';
import { drawSvg } from '../journeys/picture/drawSvg.ts';
import { describe } from './checkJourneyFiles.ts';
import type { ExitCode, Io } from './command.ts';
import { escapeControls } from './escapeControls.ts';
import { readJourneyFiles } from './openJourneys.ts';

export interface DrawOptions {
  readonly tree?: string | undefined;
  readonly format?: string | undefined;
  readonly out?: string | undefined;
}

const FORMATS = { svg: drawSvg, mermaid: drawMermaid } as const;

/** What one picture may have: as much as one tree may have to run, and more lines than anybody can follow. */
const MOST_NODES = 1_000;
const MOST_CONNECTIONS = 10_000;

/** `journey draw`: pictures of the journeys, whether they may run or not. */
export async function drawJourneys(
  files: readonly string[],
  { tree, format = 'svg', out }: DrawOptions,
  io: Io,
): Promise<ExitCode> {
  if (format !== 'svg' && format !== 'mermaid') throw new GateError('usage', '--format is svg or mermaid');
  const { set, findings } = readJourneyFiles(files).read;
  for (const finding of findings) io.err(`${escapeControls(describe(finding))}\n`);
  const journeys = [...set.journeys.values()].filter(({ name }) => tree === undefined || name === tree);
  const problem = refusalOf(journeys, tree);
  if (problem !== undefined) {
    io.err(`${escapeControls(problem)}\n`);
    return 1;
  }
  const picture = FORMATS[format](journeys);
  if (out === undefined) io.out(picture);
  else write(out, picture);
  return Promise.resolve(0);
}

function refusalOf(journeys: readonly Journey[], tree: string | undefined): string | undefined {
  if (journeys.length === 0)
    return tree === undefined ? 'there is no journey to draw' : `there is no journey ${tree}`;
  const nodes = journeys.flatMap((journey) => [...journey.nodes.values()]);
  const connections = nodes.reduce((sum, node) => sum + node.connections.size, 0);
  if (nodes.length <= MOST_NODES && connections <= MOST_CONNECTIONS) return undefined;
  return `one picture has up to 1,000 nodes and 10,000 connections, and here are ${nodes.length} and ${connections}; draw one journey with --tree`;
}

function write(file: string, picture: string): void {
  try {
    writeFileSync(file, picture);
  } catch (error) {
    throw new GateError('usage', `${file} cannot be written`, { cause: error });
  }
}
