import { neighbours } from './orderColumns.ts';
import type { Slots } from './slots.ts';

const PASSES = 12;

/**
 * Pure: the middle of every slot, from top to bottom. Slots keep their order and their distance, and stand as near as they can to what
 * they are joined with.
 *
 * @param heights - of the slots
 * @param gap - between two of them
 */
export function placeColumns(
  { slots, chains }: Slots,
  columns: readonly (readonly number[])[],
  heights: readonly number[],
  gap: number,
): readonly number[] {
  const { before, after } = neighbours(chains, slots.length);
  const middles = slots.map(() => 0);
  for (const column of columns) {
    let y = 0;
    for (const slot of column) {
      middles[slot] = y + (heights[slot] ?? 0) / 2;
      y += (heights[slot] ?? 0) + gap;
    }
  }
  for (let pass = 0; pass < PASSES; pass += 1) {
    const isBack = pass % 2 === 1;
    for (const column of isBack ? columns.toReversed() : columns) {
      const wished = column.map((slot) => {
        const beside = [...(before[slot] ?? []), ...(after[slot] ?? [])];
        const near = (isBack ? after[slot] : before[slot]) ?? [];
        // At last, both sides count.
        const joined = near.length > 0 && pass < PASSES - 2 ? near : beside;
        return joined.length === 0 ? (middles[slot] ?? 0) : meanOf(joined, middles);
      });
      spread(column, wished, heights, gap).forEach((middle, index) => {
        middles[column[index] ?? 0] = middle;
      });
    }
  }
  return middles;
}

function meanOf(slots: readonly number[], middles: readonly number[]): number {
  return slots.reduce((sum, slot) => sum + (middles[slot] ?? 0), 0) / slots.length;
}

/** The places nearest to the wished ones, by least squares, at which nothing overlaps: pooled adjacent violators. */
function spread(
  column: readonly number[],
  wished: readonly number[],
  heights: readonly number[],
  gap: number,
): readonly number[] {
  const offsets: number[] = [];
  let offset = 0;
  column.forEach((slot, index) => {
    if (index > 0) offset += ((heights[column[index - 1] ?? 0] ?? 0) + (heights[slot] ?? 0)) / 2 + gap;
    offsets.push(offset);
  });
  const pools: { sum: number; count: number }[] = [];
  wished.forEach((wish, index) => {
    let pool = { sum: wish - (offsets[index] ?? 0), count: 1 };
    for (let last = pools.at(-1); last !== undefined; last = pools.at(-1)) {
      if (last.sum / last.count <= pool.sum / pool.count) break;
      pool = { sum: last.sum + pool.sum, count: last.count + pool.count };
      pools.pop();
    }
    pools.push(pool);
  });
  const starts = pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
  return starts.map((start, index) => start + (offsets[index] ?? 0));
}
