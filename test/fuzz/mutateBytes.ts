import type { Random } from './random.ts';

/** Bytes at the edges of what lengths, tags and signs mean. */
const EDGES = [0x00, 0x01, 0x02, 0x1f, 0x30, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xa0, 0xff] as const;

/** Changes some bytes without regard to what they mean. */
export function mutateBytes(bytes: Buffer, other: Buffer, random: Random): Buffer {
  let changed = bytes;
  for (let times = 1 + random.below(3); times > 0; times -= 1) changed = change(changed, other, random);
  return changed;
}

function change(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(random.oneIn(4) ? 64 : 4));
  const [before, middle, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  const from = random.below(other.length + 1);
  switch (random.below(8)) {
    case 0:
      return Buffer.concat([before, middle.map((byte) => byte ^ (1 << random.below(8))), after]);
    case 1:
      return Buffer.concat([before, middle.map(() => random.pick(EDGES)), after]);
    case 2:
      return Buffer.concat([before, Buffer.of(random.below(256)), middle, after]);
    case 3:
      return Buffer.concat([before, after]);
    case 4:
      return Buffer.concat([before, middle, middle, after]);
    case 5:
      return before;
    case 6:
      return Buffer.concat([before, other.subarray(from, from + random.below(48)), after]);
    default:
      return Buffer.concat([before, other.subarray(from)]);
  }
}
