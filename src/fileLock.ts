import { randomUUID } from 'node:crypto';
import { open, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who crashed holds nothing any longer. No change takes nearly as long, and who keeps a lock renews it. */
const STALE_MS = 30_000;
const RETRY_MS = 15;

/** Thrown where a file stays locked. */
export class FileLocked extends Error {
  override readonly name = 'FileLocked';
  constructor() {
    super('another process holds the lock for too long');
  }
}

/** The right to change a file, shared with no other process that asks for it in the same way. */
export interface FileLock {
  /** Whether it still is ours; false if others took us for crashed. */
  isHeld(): Promise<boolean>;
  /** For who holds it longer: makes it young again. To be called well within half a minute. False if it is ours no longer. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Takes the lock of a file: `<file>.lock` beside it, which names its holder. A lock is taken over if its process has ended, where that can
 * be seen from here, or if it is half a minute old.
 *
 * @param timeoutMs - how long to wait for other holders
 * @throws FileLocked, or the error of the file system
 */
export async function takeFileLock(file: string, timeoutMs: number): Promise<FileLock> {
  const path = `${file}.lock`;
  const ours = JSON.stringify({ host: hostname(), process: process.pid, id: randomUUID() });
  const until = performance.now() + timeoutMs;
  while (!(await create(path, ours))) {
    await removeStale(path);
    if (performance.now() > until) throw new FileLocked();
    await sleep(RETRY_MS * (0.5 + Math.random()));
  }
  const isHeld = async (): Promise<boolean> => (await read(path)) === ours;
  return {
    isHeld,
    async renew() {
      if (!(await isHeld())) return false;
      const at = new Date();
      await utimes(path, at, at);
      return true;
    },
    async release() {
      if (await isHeld()) await unlink(path).catch(() => undefined);
    },
  };
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Moves a stale lock away, which only one process can do. Should it turn out to be a younger one, it is put back. */
async function removeStale(path: string): Promise<void> {
  const seen = await read(path);
  if (seen === undefined || !(await isStale(path, seen))) return;
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await read(aside)) === seen) await unlink(aside);
    else await rename(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function isStale(path: string, content: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return false;
  if (Date.now() - facts.mtimeMs > STALE_MS) return true;
  try {
    const holder = JSON.parse(content) as { host?: unknown; process?: unknown };
    return holder.host === hostname() && typeof holder.process === 'number' && hasEnded(holder.process);
  } catch {
    // Its holder is just writing it.
    return false;
  }
}

function hasEnded(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
