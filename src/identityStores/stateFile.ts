import { readFile, stat } from 'node:fs/promises';
import { GateError } from '../errors.ts';
import { replaceFile } from './atomicFile.ts';
import { FileLocked, takeFileLock } from '../fileLock.ts';

const LARGEST_FILE = 67_108_864;
const LOCK_TIMEOUT_MS = 5_000;

/** What a change did to the state it was given. */
export interface Changed<R> {
  /** False if the state was left as it is, so that nothing needs to be written. */
  readonly changed: boolean;
  readonly result: R;
}

/** Data in one file that several processes read and change. */
export interface StateFile<T> {
  /** What the file says now. Read again only after somebody changed it. Not to be changed. */
  read(): Promise<T>;
  /**
   * Changes the data in place, while no other process can. Changes that come at the same time are written together, and each is told
   * its result once it is on the disk. A change that throws must not have changed anything.
   */
  update<R>(change: (state: T) => Changed<R>): Promise<R>;
}

export interface StateFileOptions<T> {
  readonly file: string;
  /** For messages, e.g. "the file of people". */
  readonly called: string;
  /** @throws Error whose message completes "… cannot be used: " */
  readonly parse: (text: string) => T;
  readonly format: (state: T) => string;
  /** What a file that is not there yet stands for. Undefined makes it an error. */
  readonly empty: (() => T) | undefined;
}

interface Known<T> {
  readonly state: T;
  readonly version: string;
}

interface Job<T> {
  readonly apply: (state: T) => { readonly changed: boolean; readonly settle: () => void };
  readonly fail: (error: unknown) => void;
}

/** @returns an object whose methods throw GateError `identityUnavailable` if the file cannot be used, or is open to others */
export function createStateFile<T>(options: StateFileOptions<T>): StateFile<T> {
  const { file, called, parse, format, empty } = options;
  let known: Known<T> | undefined;
  /** What is being put in the place of the file; whoever reads may meet it before the writer knows that it is there. */
  let coming: Known<T> | undefined;
  /** One reads for all who want the same version. */
  let reading: { readonly version: string; readonly state: Promise<T> } | undefined;
  let waiting: Job<T>[] = [];
  let isWriting = false;

  const unavailable = (why: string, cause?: unknown): GateError =>
    new GateError('identityUnavailable', `${called}, ${file}, cannot be used: ${why}`, { cause });

  return {
    async read() {
      try {
        return await load();
      } catch (error) {
        throw told(error);
      }
    },
    update: (change) =>
      new Promise((resolve, reject) => {
        waiting.push({
          apply(state) {
            const { changed, result } = change(state);
            return { changed, settle: () => resolve(result) };
          },
          fail: reject,
        });
        if (!isWriting) void writeAll();
      }),
  };

  async function load(): Promise<T> {
    const version = await versionOf();
    if (version === undefined) {
      if (empty === undefined) throw unavailable('there is no such file');
      return empty();
    }
    const found = [known, coming].find((one) => one?.version === version);
    if (found !== undefined) return found.state;
    if (reading?.version !== version) reading = { version, state: readAnew(version) };
    return reading.state;
  }

  async function readAnew(version: string): Promise<T> {
    try {
      const state = parse(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file)));
      if (reading?.version === version) known = { state, version };
      return state;
    } finally {
      if (reading?.version === version) reading = undefined;
    }
  }

  /** Changes with the content. Undefined if there is no file. */
  async function versionOf(path = file): Promise<string | undefined> {
    const facts = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (facts === undefined) return undefined;
    if (!facts.isFile()) throw unavailable('it is no regular file');
    if (facts.size > LARGEST_FILE) throw unavailable('it is larger than 64 MiB');
    // Windows has no such modes.
    if (process.platform !== 'win32' && (facts.mode & 0o077n) !== 0n) {
      throw unavailable(`others may read or write it; run: chmod 600 ${file}`);
    }
    return `${facts.ino} ${facts.size} ${facts.mtimeNs}`;
  }

  async function writeAll(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const jobs = waiting;
      waiting = [];
      try {
        for (const settle of await write(jobs)) settle();
      } catch (error) {
        // What was changed in memory did not get to the disk.
        known = undefined;
        for (const { fail } of jobs) fail(told(error));
      }
    }
    isWriting = false;
  }

  async function write(jobs: readonly Job<T>[]): Promise<readonly (() => void)[]> {
    const lock = await takeFileLock(file, LOCK_TIMEOUT_MS);
    try {
      const state = await load();
      const applied = jobs.map(({ apply, fail }) => {
        try {
          return apply(state);
        } catch (error) {
          return { changed: false, settle: () => fail(error) };
        }
      });
      if (applied.some(({ changed }) => changed)) {
        const isReplaced = await replaceFile(file, format(state), async (replacement) => {
          // Its new name changes nothing about it.
          const version = await versionOf(replacement);
          coming = version === undefined ? undefined : { state, version };
          return lock.isHeld();
        });
        if (!isReplaced) throw new FileLocked();
        known = coming;
      }
      return applied.map(({ settle }) => settle);
    } finally {
      coming = undefined;
      await lock.release();
    }
  }

  function told(error: unknown): unknown {
    return error instanceof GateError ? error : unavailable(describe(error), error);
  }
}

function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'its folder does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'it is not UTF-8 text';
    default:
      return code ?? message;
  }
}
