/** One line without its end, or one that was longer than allowed and has been skipped. */
export type BoundedLine = { readonly bytes: Buffer } | { readonly tooLong: true };

const LINE_FEED = 0x0a;

/**
 * Splits a stream into lines, one at a time. Memory is bounded by the longest line and the chunks of the stream; a longer line is skipped
 * to its end and told. A line feed ends a line; a carriage return before it is left to the caller.
 */
export async function* readBoundedLines(
  input: AsyncIterable<Uint8Array>,
  longestBytes: number,
): AsyncGenerator<BoundedLine> {
  let pieces: Buffer[] = [];
  let length = 0;
  const take = (): BoundedLine => {
    const line: BoundedLine = length > longestBytes ? { tooLong: true } : { bytes: Buffer.concat(pieces) };
    pieces = [];
    length = 0;
    return line;
  };
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      add(bytes.subarray(start, end));
      yield take();
      start = end + 1;
    }
    add(bytes.subarray(start));
  }
  if (length > 0) yield take();

  function add(piece: Buffer): void {
    length += piece.length;
    if (length > longestBytes) pieces = [];
    else if (piece.length > 0) pieces.push(piece);
  }
}
