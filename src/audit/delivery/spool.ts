import { constants } from 'node:fs';
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  stat,
  unlink,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { takeFileLock, type FileLock } from '../../fileLock.ts';
import { readLogEnd } from '../chain/readLogEnd.ts';

export interface SpoolOptions {
  /** A folder for this spool alone; it is made if it is not there. */
  readonly folder: string;
  /** Most bytes that may wait. */
  readonly mostBytes: number;
  /** Size of one file, bytes. Default 4 MiB. */
  readonly fileBytes?: number;
}

/** A queue of lines on disk. What was put there stays until it is dropped, over restarts and crashes. One call at a time. */
export interface Spool {
  /** How many lines wait. */
  readonly length: number;
  /** Looks at what is there. Must come first. @throws the error of the file system */
  open(): Promise<void>;
  /** Adds lines, and returns how many there was no room for, which are the last ones. @throws the error of the file system */
  add(lines: readonly string[]): Promise<number>;
  /** The oldest ones; they stay. @throws the error of the file system */
  oldest(most: number): Promise<readonly string[]>;
  /** Drops as many of the oldest ones as `oldest` gave, or fewer. @throws the error of the file system */
  drop(count: number): Promise<void>;
  /** Puts a line aside, for people to look at, as far as there is room. @throws the error of the file system */
  setAside(line: string): Promise<void>;
  close(): Promise<void>;
}

interface Segment {
  readonly number: number;
  bytes: number;
  lines: number;
}

const LOCK_MS = 1_000;
const RENEW_MS = 10_000;
const FILE_BYTES = 4_194_304;
const MOST_READ_BYTES = 1_048_576;
const NAME = /^(\d{12})\.jsonl$/;
const LF = 0x0a;

export function createSpool({ folder, mostBytes, fileBytes = FILE_BYTES }: SpoolOptions): Spool {
  /** Oldest first; the last one is written to. */
  let segments: Segment[] = [];
  let writer: FileHandle | undefined;
  /** Where the first line that waits begins in the first segment. */
  let offset = 0;
  let waiting = 0;
  let lock: FileLock | undefined;
  let renewing: NodeJS.Timeout | undefined;
  let bytes = 0;

  const pathOf = (number: number): string => join(folder, `${String(number).padStart(12, '0')}.jsonl`);
  const cursorPath = join(folder, 'cursor.json');
  const asidePath = join(folder, 'refused.jsonl');

  async function addSegment(): Promise<Segment> {
    await writer?.close();
    writer = undefined;
    const segment = { number: (segments.at(-1)?.number ?? 0) + 1, bytes: 0, lines: 0 };
    writer = await open(pathOf(segment.number), constants.O_RDWR | constants.O_CREAT, 0o600);
    segments.push(segment);
    return segment;
  }

  /** The file that is written to stays, so that a queue that is never long makes few of them. */
  async function removeSent(): Promise<void> {
    for (let [first] = segments; first?.lines === 0 && segments.length > 1; [first] = segments) {
      segments.shift();
      offset = 0;
      await unlink(pathOf(first.number));
    }
  }

  async function oldest(most: number): Promise<readonly string[]> {
    await removeSent();
    const [first] = segments;
    if (first === undefined || first.lines === 0) return [];
    const length = Math.min(first.bytes - offset, MOST_READ_BYTES);
    const content = Buffer.alloc(length);
    const handle = await open(pathOf(first.number), 'r');
    try {
      await handle.read(content, 0, length, offset);
    } finally {
      await handle.close();
    }
    return content.subarray(0, content.lastIndexOf(LF)).toString('utf8').split('\n').slice(0, most);
  }

  return {
    get length() {
      return waiting;
    },
    async open() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      lock ??= await takeFileLock(join(folder, 'spool'), LOCK_MS);
      renewing ??= setInterval(() => void lock?.renew().catch(() => false), RENEW_MS).unref();
      const numbers = (await readdir(folder)).flatMap((name) => {
        const [, digits] = NAME.exec(name) ?? [];
        return digits === undefined ? [] : [Number(digits)];
      });
      const cursor = await readCursor(cursorPath);
      segments = [];
      for (const number of numbers.toSorted((a, b) => a - b)) {
        // What was sent before the crash, but not removed yet.
        if (number < cursor.segment) {
          await unlink(pathOf(number));
          continue;
        }
        const end = await readLogEnd(pathOf(number));
        const content = await readFile(pathOf(number));
        // A line that was not written to its end is written over.
        const whole = end?.wholeBytes ?? 0;
        segments.push({ number, bytes: whole, lines: countLines(content.subarray(0, whole)) });
      }
      const [first] = segments;
      offset =
        first !== undefined && first.number === cursor.segment ? Math.min(cursor.offset, first.bytes) : 0;
      waiting = segments.reduce((sum, { lines }) => sum + lines, 0);
      bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0) - offset;
      if (first !== undefined && offset > 0) {
        const sent = countLines((await readFile(pathOf(first.number))).subarray(0, offset));
        first.lines -= sent;
        waiting -= sent;
      }
      const last = segments.at(-1);
      if (last !== undefined) {
        writer = await open(pathOf(last.number), constants.O_RDWR, 0o600);
        await writer.truncate(last.bytes);
      }
    },
    async add(lines) {
      let room = lines.length;
      let size = 0;
      for (const [index, line] of lines.entries()) {
        size += Buffer.byteLength(line) + 1;
        if (bytes + size > mostBytes) {
          room = index;
          break;
        }
      }
      if (room === 0) return lines.length;
      const last = segments.at(-1);
      const segment = last === undefined || last.bytes >= fileBytes ? await addSegment() : last;
      const content = Buffer.from(`${lines.slice(0, room).join('\n')}\n`);
      // At a stated place, so that another attempt writes over what a failed one has left.
      await writeAll(writer, content, segment.bytes);
      segment.bytes += content.length;
      segment.lines += room;
      bytes += content.length;
      waiting += room;
      return lines.length - room;
    },
    oldest,
    async drop(count) {
      const [first] = segments;
      if (first === undefined || count === 0) return;
      const dropped = (await oldest(count)).reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
      await writeCursor(cursorPath, { segment: first.number, offset: offset + dropped });
      offset += dropped;
      bytes -= dropped;
      first.lines -= count;
      waiting -= count;
    },
    async setAside(line) {
      const facts = await stat(asidePath).catch(() => undefined);
      if ((facts?.size ?? 0) + line.length > mostBytes) return;
      await writeFile(asidePath, `${line}\n`, { flag: 'a', mode: 0o600 });
    },
    async close() {
      clearInterval(renewing);
      await writer?.close();
      writer = undefined;
      await lock?.release();
    },
  };
}

interface Cursor {
  readonly segment: number;
  readonly offset: number;
}

/** Without one that can be read, everything is sent again: twice is better than never. */
async function readCursor(path: string): Promise<Cursor> {
  try {
    const { segment, offset } = JSON.parse(await readFile(path, 'utf8')) as Partial<Cursor>;
    if (Number.isSafeInteger(segment) && Number.isSafeInteger(offset)) {
      return { segment: segment ?? 0, offset: offset ?? 0 };
    }
  } catch {
    // As above.
  }
  return { segment: 0, offset: 0 };
}

async function writeCursor(path: string, cursor: Cursor): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, JSON.stringify(cursor), { mode: 0o600 });
  await rename(temporary, path);
}

async function writeAll(handle: FileHandle | undefined, content: Buffer, position: number): Promise<void> {
  for (let written = 0; written < content.length;) {
    if (handle === undefined) throw new Error('the spool is closed');
    const { bytesWritten } = await handle.write(
      content,
      written,
      content.length - written,
      position + written,
    );
    written += bytesWritten;
  }
}

function countLines(content: Buffer): number {
  let count = 0;
  for (let at = content.indexOf(LF); at !== -1; at = content.indexOf(LF, at + 1)) count += 1;
  return count;
}
