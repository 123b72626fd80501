/** Counts what happened of late. */
export interface RollingCount {
  add(): void;
  /** How often in the last `windowMs`, give or take a tenth of it. */
  total(): number;
  clear(): void;
}

const SLOTS = 10;

export function createRollingCount(options: {
  readonly windowMs: number;
  readonly now: () => number;
}): RollingCount {
  const { windowMs, now } = options;
  const slots: { turn: number; count: number }[] = [];
  const turnNow = (): number => Math.floor((now() * SLOTS) / windowMs);
  return {
    add() {
      const turn = turnNow();
      const slot = slots[turn % SLOTS];
      if (slot?.turn === turn) slot.count += 1;
      else slots[turn % SLOTS] = { turn, count: 1 };
    },
    total() {
      const last = turnNow();
      // Slots of the future come from a clock that was set back.
      return slots.reduce(
        (sum, slot) =>
          sum + (slot !== undefined && slot.turn > last - SLOTS && slot.turn <= last ? slot.count : 0),
        0,
      );
    },
    clear() {
      slots.length = 0;
    },
  };
}
