import { GateError } from '../errors.ts';

/** One mistake in the configuration. */
export interface ConfigProblem {
  /** Where, as keys from the top: `['nodes', 'default', 'tenant']`. Empty for the file as a whole. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what is expected; never the value itself, which may be a secret in the wrong place. */
  readonly message: string;
  /** Line in the file, from 1, where known. */
  readonly line?: number;
}

/** How many mistakes are told in full; who has more began with the wrong file. */
export const MOST_TOLD = 50;

/** All mistakes of one configuration, in one error. Its text tells the first {@link MOST_TOLD} of them. */
export class ConfigError extends GateError {
  readonly problems: readonly ConfigProblem[];
  /** The files that were looked at, with their state before; another state may be a reason to try again. */
  readonly files: ReadonlyMap<string, string>;

  constructor(
    source: string,
    problems: readonly ConfigProblem[],
    files: ReadonlyMap<string, string> = new Map(),
  ) {
    super(
      'configInvalid',
      [
        `${source} has ${count(problems.length)}:`,
        ...problems.slice(0, MOST_TOLD).map((problem) => `  ${formatProblem(problem)}`),
        ...(problems.length > MOST_TOLD ? [`  and ${problems.length - MOST_TOLD} more`] : []),
      ].join('\n'),
    );
    this.problems = problems;
    this.files = files;
  }
}

function count(problems: number): string {
  return problems === 1 ? 'one mistake' : `${problems} mistakes`;
}

/** One line: where, and what. */
export function formatProblem({ path, message, line }: ConfigProblem): string {
  const where = path.length === 0 ? '(file)' : path.join('.');
  return `${where}${line === undefined ? '' : ` (line ${line})`}: ${message}`;
}
