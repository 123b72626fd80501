import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileState } from '../fileState.ts';
import type { ConfigProblem } from './configProblem.ts';
import type { Environment } from './environment.ts';
import type { SecretReference } from './schemaParts.ts';

/** What resolving one part of the configuration may use, and where it leaves what it finds wrong. */
export interface Resolution {
  readonly environment: Environment;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Reads a regular file named in the configuration, or by a variable if `named` says so. Undefined, with a problem recorded, if it
   * cannot be read or is larger than `mostBytes`, by default 4 MiB.
   */
  readonly readFile: (path: Path, file: string, named?: string, mostBytes?: number) => Buffer | undefined;
  /** Resolves a secret by file or environment variable. Undefined, with a problem recorded, if there is none. */
  readonly readSecret: (path: Path, reference: SecretReference) => string | undefined;
  /** Notes a file or folder as one that the configuration was read from. To be called before it is looked at. */
  readonly noteFile: (location: string) => void;
  /** Has a value scrubbed from whatever leaves, as if it had been named as a secret. */
  readonly keepSecret: (value: string) => void;
  /** Absolute form of a path that stands in the configuration. */
  readonly locate: (file: string) => string;
  readonly problem: (path: Path, message: string) => void;
  /** Records what is allowed but can hardly be meant. */
  readonly warning: (path: Path, message: string) => void;
}

/** Where a resolution starts from, and the lists it fills. */
export interface ResolutionOptions {
  /** What relative paths are relative to. */
  readonly folder: string;
  readonly environment: Environment;
  readonly now: () => number;
  readonly problems: ConfigProblem[];
  readonly warnings: ConfigProblem[];
  readonly secrets: string[];
  /** Absolute paths of the files that were read, or could not be, with their state before. */
  readonly files: Map<string, string>;
}

export type Path = readonly (string | number)[];

/** Stands where a value is missing; the problem has been recorded and the configuration will be refused. */
export const MISSING = '';

const LARGEST_REFERENCED_FILE = 4_194_304;

export function createResolution(options: ResolutionOptions): Resolution {
  const { folder, environment, now, problems, warnings, secrets, files } = options;
  const problem: Resolution['problem'] = (path, message) => problems.push({ path, message });
  const locate: Resolution['locate'] = (file) => resolve(folder, file);
  const noteFile: Resolution['noteFile'] = (location) => {
    if (!files.has(location)) files.set(location, fileState(location));
  };
  const readFile: Resolution['readFile'] = (
    path,
    file,
    named = 'names',
    mostBytes = LARGEST_REFERENCED_FILE,
  ) => {
    try {
      const location = locate(file);
      noteFile(location);
      const facts = statSync(location);
      // A device or a pipe may never end.
      if (!facts.isFile()) {
        const what = facts.isDirectory() ? 'a folder' : 'no regular file';
        problem(path, `${named} a file that cannot be read: it is ${what}`);
        return undefined;
      }
      if (facts.size > mostBytes) {
        problem(path, `${named} a file that is larger than ${mostBytes / 1_048_576} MiB`);
        return undefined;
      }
      return readFileSync(location);
    } catch (error) {
      problem(path, `${named} a file that cannot be read: ${describeFileError(error)}`);
      return undefined;
    }
  };
  return {
    environment,
    now,
    problem,
    warning: (path, message) => warnings.push({ path, message }),
    locate,
    readFile,
    noteFile,
    keepSecret: (value) => secrets.push(value),
    readSecret(path, { file, env }) {
      // Editors end files with a line break, and some begin them with a byte order mark; no secret does.
      const value =
        file === undefined
          ? ownValue(environment, env ?? '')
          : readFile(path, file)
              ?.toString('utf8')
              .replace(/^\uFEFF|\r?\n$/g, '');
      if (value === undefined || value === '') {
        // Without the name: it may be the secret itself, written in the wrong place.
        if (file === undefined) problem(path, 'names an environment variable that is not set');
        else if (value === '') problem(path, 'names an empty file');
        return undefined;
      }
      if (value.trim() === '') {
        problem(
          path,
          file === undefined
            ? 'names an environment variable that holds nothing but blanks'
            : 'names a file that holds nothing but blanks',
        );
        return undefined;
      }
      secrets.push(value);
      return value;
    },
  };
}

/** `toString` and its like are no variables. */
function ownValue(environment: Environment, name: string): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}

/** In words, and without the path, which the caller knows. */
export function describeFileError(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTSUP':
      return 'it is a device';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'it is not UTF-8 text';
    default:
      return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  }
}
