import { checkJourneys, type CheckedJourneys } from '../journeys/check/checkJourneys.ts';
import type { Finding } from '../journeys/finding.ts';
import { NODE_TYPES } from '../journeys/nodeTypes.ts';
import { scriptedTypes } from '../journeys/scripted/scriptedTypes.ts';
import type { ExitCode, Io } from './command.ts';
import { escapeControls, escapeControlsByLine } from './escapeControls.ts';
import { openJourneys, readJourneyFiles } from './openJourneys.ts';

/** `journey check`: everything that is wrong with the files, for people or as JSON. */
export async function checkJourneyFiles(
  files: readonly string[],
  { config, json }: { readonly config?: string | undefined; readonly json: boolean },
  io: Io,
): Promise<ExitCode> {
  const { findings, set, runnable } = await check(files, config, io);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (json) {
    const trees = [...set.journeys.keys()].map((name) => ({ name, runs: runnable.has(name) }));
    io.out(`${escapeControlsByLine(JSON.stringify({ journeys: trees, findings }, null, 2))}\n`);
  } else {
    for (const finding of findings) io.out(`${escapeControls(describe(finding))}\n`);
    io.out(
      `${count(set.journeys.size, 'journey', 'journeys')}, ${count(errors, 'error', 'errors')}, ${count(findings.length - errors, 'warning', 'warnings')}.\n`,
    );
  }
  return errors > 0 ? 1 : 0;
}

/** Without a configuration, nobody can say which tenants and variables there are; that is no mistake of the file. */
async function check(
  files: readonly string[],
  configFile: string | undefined,
  io: Io,
): Promise<CheckedJourneys> {
  if (configFile === undefined) {
    const { read, designerNodes } = readJourneyFiles(files);
    return checkJourneys(read, { types: [...NODE_TYPES, ...scriptedTypes(undefined, designerNodes)] });
  }
  const journeys = openJourneys({ files, configFile }, io);
  await journeys.close();
  return journeys.checked;
}

export function describe({ severity, code, message, file, tree, node, path }: Finding): string {
  const where = [
    ...(tree === null ? [] : [`tree ${tree}`]),
    ...(node === null ? [] : [`node ${node}`]),
    ...(path === '' ? [] : [`at ${path}`]),
  ];
  return `${severity} ${code}: ${file}${where.length === 0 ? '' : `, ${where.join(', ')}`}: ${message}`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
