import { createReadStream } from 'node:fs';

/** One line of a file, without its line end. */
export interface FileLine {
  readonly bytes: Buffer;
  /** False for the last one of a file that does not end with a line end. */
  readonly isWhole: boolean;
}

const LF = 0x0a;

/**
 * The lines of a file, one after the other, so that memory stays small however large it is.
 *
 * @param mostBytes - a longer line comes in pieces of that size
 * @throws the error of the file system
 */
export async function* readLines(path: string, mostBytes: number): AsyncGenerator<FileLine> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let begin = 0;
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, begin)) {
      yield { bytes: bytes.subarray(begin, end), isWhole: true };
      begin = end + 1;
    }
    rest = bytes.subarray(begin);
    if (rest.length > mostBytes) {
      yield { bytes: rest, isWhole: true };
      rest = Buffer.alloc(0);
    }
  }
  if (rest.length > 0) yield { bytes: rest, isWhole: false };
}
