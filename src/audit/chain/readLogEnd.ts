import { open } from 'node:fs/promises';

/** The end of a file of lines. */
export interface LogEnd {
  /** Size of the file, bytes. */
  readonly size: number;
  /** The last line that has its line end, without it; undefined if there is none. */
  readonly lastLine: Buffer | undefined;
  /** Where the last whole line ends, bytes. What comes after it was not written to its end. */
  readonly wholeBytes: number;
}

/** Longer than any line. */
const LONGEST_END = 1_048_576;
const LF = 0x0a;

/** Undefined if there is no such file. @throws Error if it holds something else; the error of the file system */
export async function readLogEnd(path: string): Promise<LogEnd | undefined> {
  let handle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - LONGEST_END);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    const bytes = buffer.subarray(0, bytesRead);
    const end = bytes.lastIndexOf(LF);
    if (end === -1 && from > 0) throw new Error('it holds no lines');
    if (end === -1) return { size, lastLine: undefined, wholeBytes: 0 };
    const before = end === 0 ? -1 : bytes.lastIndexOf(LF, end - 1);
    return { size, lastLine: bytes.subarray(before + 1, end), wholeBytes: from + end + 1 };
  } finally {
    await handle.close();
  }
}
