import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFileError } from '../config/resolution.ts';
import { GateError } from '../errors.ts';

/** A folder that only its owner can read, for as long as a command runs. */
export interface TemporaryFolder {
  readonly path: string;
  /** Removes it with everything in it. Idempotent. */
  remove(): void;
}

/**
 * Makes a folder whose name begins with `intune-gate-<name>-`. It is removed at the latest when the process exits, however early that
 * is: at a second signal, or when the reader of the output goes away.
 *
 * @throws GateError `configUnreadable` if there is no place for it
 */
export function makeTemporaryFolder(name: string): TemporaryFolder {
  let path: string;
  try {
    path = mkdtempSync(join(tmpdir(), `intune-gate-${name}-`));
  } catch (error) {
    throw new GateError(
      'configUnreadable',
      `no temporary folder can be made in ${tmpdir()} (TMPDIR): ${describeFolderError(error)}`,
      { cause: error },
    );
  }
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { path, remove };
}

function describeFolderError(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'there is no such folder';
    case 'ENOTDIR':
      return 'it is no folder';
    case 'EROFS':
      return 'it is read-only';
    default:
      return describeFileError(error);
  }
}
