import type { Chain, Slots } from './slots.ts';

const SWEEPS = 10;

type Columns = readonly (readonly number[])[];

/**
 * Pure: orders every column so that few lines cross. Slots are moved to the middle of what they are joined with, column after column,
 * there and back; the best order met is kept.
 */
export function orderColumns({ slots, chains, columns }: Slots): Columns {
  const { before, after } = neighbours(chains, slots.length);
  let current: Columns = columns;
  let best: Columns = columns;
  let fewest = crossings(columns, after);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    current = sweep % 2 === 0 ? swept(current, before) : swept(current.toReversed(), after).toReversed();
    const count = crossings(current, after);
    if (count >= fewest) continue;
    best = current;
    fewest = count;
  }
  return best;
}

/** For each slot, the slots that lines join it with in the columns beside its own. */
export function neighbours(
  chains: readonly Chain[],
  count: number,
): { readonly before: readonly (readonly number[])[]; readonly after: readonly (readonly number[])[] } {
  const before = Array.from({ length: count }, (): number[] => []);
  const after = Array.from({ length: count }, (): number[] => []);
  for (const { slots } of chains) {
    slots.slice(1).forEach((slot, index) => {
      const previous = slots[index] ?? 0;
      after[previous]?.push(slot);
      before[slot]?.push(previous);
    });
  }
  return { before, after };
}

function swept(columns: Columns, joined: readonly (readonly number[])[]): Columns {
  const positions = new Map<number, number>();
  return columns.map((column) => {
    const wished = column.map((slot, index) => {
      const places = (joined[slot] ?? []).map((other) => positions.get(other) ?? 0);
      return { slot, index, at: places.length === 0 ? undefined : mean(places) };
    });
    // What is joined with nothing there stays behind what it stood behind.
    let last = -1;
    const keyed = wished.map((entry) => {
      last = entry.at ?? last;
      return { ...entry, at: last };
    });
    const sorted = keyed.sort((a, b) => a.at - b.at || a.index - b.index).map(({ slot }) => slot);
    sorted.forEach((slot, index) => positions.set(slot, index));
    return sorted;
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How many pairs of lines cross, counted with a tree of sums (Fenwick). */
function crossings(columns: Columns, after: readonly (readonly number[])[]): number {
  let count = 0;
  columns.slice(1).forEach((column, index) => {
    const positions = new Map(column.map((slot, position) => [slot, position]));
    const sums = Array.from({ length: column.length + 1 }, () => 0);
    let drawn = 0;
    for (const slot of columns[index] ?? []) {
      const targets = (after[slot] ?? []).flatMap((target) => positions.get(target) ?? []);
      for (const target of targets) count += drawn - sumUpTo(sums, target + 1);
      for (const target of targets) addAt(sums, target + 1);
      drawn += targets.length;
    }
  });
  return count;
}

function sumUpTo(sums: readonly number[], position: number): number {
  let sum = 0;
  for (let at = position; at > 0; at -= at & -at) sum += sums[at] ?? 0;
  return sum;
}

function addAt(sums: number[], position: number): void {
  for (let at = position; at < sums.length; at += at & -at) sums[at] = (sums[at] ?? 0) + 1;
}
