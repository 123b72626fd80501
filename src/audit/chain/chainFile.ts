import { constants } from 'node:fs';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import type { GateEvent } from '../../events/gateEvent.ts';
import { takeFileLock, type FileLock } from '../../fileLock.ts';
import type { ChainHash } from './chainHash.ts';
import { headPathOf, writeHead } from './chainHead.ts';
import { chainLine, type ChainLink } from './chainLine.ts';
import { findFormerFiles, formerPathOf } from './logFiles.ts';
import { resumeChain } from './resumeChain.ts';

/** When what was written is made to outlast a loss of power. That the gate itself crashes loses nothing in any case. */
export type FileSync = 'always' | 'everySecond' | 'never';

export interface ChainFileOptions {
  /** Where the current file is. Former ones and the head stand beside it. */
  readonly path: string;
  readonly hash: ChainHash;
  /** A file of this size is followed by another, bytes. */
  readonly rotateBytes: number;
  /** So is one of another day, UTC. */
  readonly rotateDaily: boolean;
  /** How many former files stay; undefined: all of them. */
  readonly keepFiles: number | undefined;
  readonly sync: FileSync;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** An event of the log itself as JSON. */
  readonly describe: (event: GateEvent) => string;
  readonly onEvent: (event: ChainFileEvent) => void;
}

export type ChainFileEvent =
  /** The end of the chain, for whoever keeps it elsewhere: what proves later that nothing before it was changed. */
  | ({ readonly type: 'sealed' } & ChainLink)
  | { readonly type: 'repaired'; readonly details: NonNullable<GateEvent['details']> };

/** Writes a chain into files. One call at a time. */
export interface ChainFile {
  /** Appends events, each one line of JSON: all of them, or none. @throws the error of the file system; FileLocked */
  append(events: readonly string[]): Promise<void>;
  /** To be called about every second: holds the log, and makes what was written outlast a loss of power. @throws as `append` */
  tend(): Promise<void>;
  /** Seals the file and lets others write it. */
  close(): Promise<void>;
}

interface OpenFile {
  readonly log: FileHandle;
  readonly head: FileHandle;
  readonly number: number;
  readonly day: string;
  size: number;
  link: ChainLink;
  isDirty: boolean;
}

const LOCK_MS = 1_000;
/** Well within the time after which a lock counts as left behind. */
const RENEW_MS = 10_000;

/** Opens nothing by itself. After an error it begins anew with what is on disk. */
export function createChainFile(options: ChainFileOptions): ChainFile {
  const { path, hash, now, describe, onEvent } = options;
  let lock: FileLock | undefined;
  let renewedAt = now();
  let file: OpenFile | undefined;

  const own = (type: GateEvent['type'], what: string, details: NonNullable<GateEvent['details']>): string =>
    describe({ type, who: { kind: 'gate' }, what, outcome: 'done', details });

  async function openLog(): Promise<OpenFile> {
    if (lock === undefined) {
      lock = await takeFileLock(path, LOCK_MS);
      renewedAt = now();
    }
    const { link, file: number, size, isSealed, repairs } = await resumeChain(path, hash);
    const opened = await openFile(number, size, link);
    try {
      const facts = { file: number, begins: size === 0, algorithm: hash.algorithm, clean: isSealed };
      await write(opened, [
        own('AUDIT_LOG_OPENED', 'open', facts),
        ...(repairs === undefined ? [] : [own('AUDIT_LOG_REPAIRED', 'repair', repairs)]),
      ]);
    } catch (error) {
      await abandon(opened);
      throw error;
    }
    if (repairs !== undefined) onEvent({ type: 'repaired', details: repairs });
    return opened;
  }

  async function openFile(number: number, size: number, link: ChainLink): Promise<OpenFile> {
    const log = await openForWriting(path);
    try {
      const day = dayOf(size === 0 ? now() : (await log.stat()).mtimeMs);
      const head = await openForWriting(headPathOf(path));
      return { log, head, number, size, link, day, isDirty: false };
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  async function write(to: OpenFile, events: readonly string[]): Promise<void> {
    let { link } = to;
    const lines = events.map((event) => {
      const chained = chainLine(event, link, hash);
      ({ link } = chained);
      return chained.line;
    });
    const bytes = Buffer.from(lines.join(''));
    try {
      await writeAt(to.log, bytes, to.size);
      if (options.sync === 'always') await to.log.datasync();
      await writeAt(to.head, writeHead({ file: to.number, ...link }, hash), 0);
    } catch (error) {
      // None of it may stay, as it will be written again.
      await to.log.truncate(to.size).catch(() => undefined);
      throw error;
    }
    to.size += bytes.length;
    to.link = link;
    to.isDirty = options.sync !== 'always';
  }

  async function seal(ending: OpenFile, cause: string): Promise<void> {
    await write(ending, [own('AUDIT_LOG_SEALED', 'seal', { file: ending.number, cause })]);
    await ending.log.datasync();
    await ending.head.datasync();
    onEvent({ type: 'sealed', ...ending.link });
  }

  async function rotate(ending: OpenFile): Promise<OpenFile> {
    await seal(ending, 'rotated');
    await abandon(ending);
    await rename(path, formerPathOf(path, ending.number));
    const removed = await removeOldFiles();
    const opened = await openFile(ending.number + 1, 0, ending.link);
    const facts = { file: opened.number, begins: true, algorithm: hash.algorithm, clean: true };
    try {
      await write(opened, [
        own('AUDIT_LOG_OPENED', 'open', facts),
        ...removed.map((number) => own('AUDIT_FILE_REMOVED', 'remove', { file: number })),
      ]);
    } catch (error) {
      await abandon(opened);
      throw error;
    }
    return opened;
  }

  async function removeOldFiles(): Promise<readonly number[]> {
    if (options.keepFiles === undefined) return [];
    const old = (await findFormerFiles(path)).slice(0, -options.keepFiles);
    await Promise.all(old.map((former) => unlink(former.path)));
    return old.map(({ number }) => number);
  }

  async function abandon(ending: OpenFile): Promise<void> {
    if (file === ending) file = undefined;
    await Promise.allSettled([ending.log.close(), ending.head.close()]);
  }

  return {
    async append(events) {
      let target = (await keepLock()) ? file : undefined;
      try {
        target ??= await openLog();
        file = target;
        const isFull = target.size >= options.rotateBytes;
        if (isFull || (options.rotateDaily && target.day !== dayOf(now()))) {
          target = await rotate(target);
          file = target;
        }
        await write(target, events);
      } catch (error) {
        if (target !== undefined) await abandon(target);
        throw error;
      }
    },
    async tend() {
      await keepLock();
      const target = file;
      if (options.sync !== 'everySecond' || target?.isDirty !== true) return;
      target.isDirty = false;
      await target.log.datasync();
    },
    async close() {
      const ending = file;
      try {
        if (ending !== undefined) {
          await seal(ending, 'stopped');
          await abandon(ending);
        }
      } finally {
        await lock?.release();
        lock = undefined;
      }
    },
  };

  /** Looked at every now and then, as whoever holds a lock for long has to. False if others write the log now. */
  async function keepLock(): Promise<boolean> {
    if (lock === undefined || Math.abs(now() - renewedAt) < RENEW_MS) return true;
    renewedAt = now();
    if (await lock.renew()) return true;
    lock = undefined;
    if (file !== undefined) await abandon(file);
    return false;
  }
}

async function openForWriting(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
}

async function writeAt(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
