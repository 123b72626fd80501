/** Time, chance and timers, so that tests can do without. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** 0 to below 1. */
  random(): number;
  /** Runs something later without keeping the process alive. @returns what cancels it */
  schedule(ms: number, run: () => void): () => void;
}

/** Milliseconds since 1970. */
export interface Life {
  readonly from: number;
  /** No longer good at this moment. */
  readonly until: number;
}

export interface KeptItemOptions<T> {
  /** Gets a new value that may replace the old one; undefined if none can be had. Never rejects. */
  readonly load: (held: T | undefined) => Promise<T | undefined>;
  readonly lifeOf: (value: T) => Life;
  /** Called when the value is in its place. */
  readonly onValue: (value: T, before: T | undefined) => void;
  readonly clock: Clock;
  /** Kept fresh even if nobody uses it. */
  readonly isPinned: boolean;
}

/** One thing that is fetched, and fetched again before it is out of date. */
export interface KeptItem<T> {
  /** What is at hand, even if it is out of date. */
  peek(): T | undefined;
  /** The same, and noted: only what is used is kept fresh. */
  use(): T | undefined;
  /** Sees to it that a current value is at hand. Everybody who asks shares one fetch; after one that failed there is a pause. */
  ask(): Promise<void>;
  /** Ends the keeping. */
  stop(): void;
}

/** How long a fetch that failed is not repeated for those who ask. */
export const FAILURE_PAUSE_MS = 10_000;
const LONGEST_BACK_OFF_MS = 300_000;
/** An urgent list that comes out of turn is seen after a day at the latest. */
const LONGEST_WAIT_MS = 86_400_000;
const REFRESH_AT = 0.8;

export function createKeptItem<T>({
  load,
  lifeOf,
  onValue,
  clock,
  isPinned,
}: KeptItemOptions<T>): KeptItem<T> {
  let held: T | undefined;
  let isUsed = false;
  let isStopped = false;
  let underWay: Promise<void> | undefined;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let cancel: (() => void) | undefined;

  const isCurrent = (): boolean => held !== undefined && clock.now() < lifeOf(held).until;

  async function renew(): Promise<void> {
    const loaded = await load(held);
    underWay = undefined;
    if (isStopped) return;
    if (loaded === undefined) {
      failures += 1;
      pausedUntil = clock.now() + FAILURE_PAUSE_MS;
      const backOff = Math.min(FAILURE_PAUSE_MS * 2 ** (failures - 1), LONGEST_BACK_OFF_MS);
      if (isPinned || held !== undefined) plan(backOff * (1 + clock.random() / 4));
    } else {
      failures = 0;
      const before = held;
      held = loaded;
      isUsed = false;
      plan(refreshDelay(lifeOf(loaded), clock.now()) * (1 - clock.random() / 10));
      onValue(loaded, before);
    }
  }

  function start(): Promise<void> {
    return (underWay ??= renew());
  }

  function plan(ms: number): void {
    cancel?.();
    cancel = clock.schedule(ms, () => {
      cancel = undefined;
      if (isPinned || isUsed) void start();
    });
  }

  return {
    peek: () => held,
    use() {
      isUsed = true;
      // Nobody had used it when it was to be fetched again; now somebody does.
      const isAgeing = held !== undefined && cancel === undefined && !isStopped;
      if (isAgeing && underWay === undefined && clock.now() >= pausedUntil) void start();
      return held;
    },
    async ask() {
      if (isStopped || isCurrent()) return;
      if (underWay === undefined && clock.now() < pausedUntil) return;
      await start();
    },
    stop() {
      isStopped = true;
      cancel?.();
      cancel = undefined;
    },
  };
}

/** At 80 % of its life; where that is over already, the server is late, and it is asked ever more often until the end. */
function refreshDelay({ from, until }: Life, now: number): number {
  const due = from + (until - from) * REFRESH_AT - now;
  const delay = due > 0 ? due : Math.max((until - now) / 4, FAILURE_PAUSE_MS);
  return Math.min(delay, LONGEST_WAIT_MS);
}
