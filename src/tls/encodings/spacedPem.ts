import type { Encoding } from './encoding.ts';
import { parsePemBlocks } from './pemBlocks.ts';

/** PEM on one line: a space or a tab where the line breaks were, or nothing. A space at the end, which HTTP drops, may be there. */
export const spacedPem: Encoding = {
  title: 'PEM on one line, a space for each line break',
  decode: (value, limits) => parsePemBlocks(value, [' ', '\t', ''], limits),
};
