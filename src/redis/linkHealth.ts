/** `away`: not connected. `slow`: answers came too late. `refusing`: it answers with errors. */
export type LinkState = 'up' | 'away' | 'slow' | 'refusing';

/** Judges a server by its answers, and says when it is better left alone. */
export interface LinkHealth {
  /** May it be asked now? While it is slow, one question at a time finds out whether it still is. */
  mayAsk(): boolean;
  good(): void;
  late(): void;
  refused(code: string): void;
  lost(code: string): void;
  /** How long there has been no answer at all, milliseconds. */
  silentMs(): number;
}

export interface LinkHealthOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 to below 1. */
  readonly random: () => number;
  /** Told of each change once, with a short word of the cause, such as `ECONNREFUSED` or `OOM`. */
  readonly onChange: (state: LinkState, code: string) => void;
}

const LATE_IN_A_ROW = 3;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
/** Trouble counts as over when there has been none for so long: a full server refuses one command and takes the next. */
const CALM_MS = 5_000;

export function createLinkHealth({ now, random, onChange }: LinkHealthOptions): LinkHealth {
  let state: LinkState = 'away';
  let cause = '';
  let troubledAt = Number.NEGATIVE_INFINITY;
  let answeredAt = now();
  let lateInARow = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let closedUntil = 0;

  const trouble = (next: LinkState, code: string): void => {
    troubledAt = now();
    if (state === next && cause === code) return;
    state = next;
    cause = code;
    onChange(next, code);
  };
  const answered = (): void => {
    answeredAt = now();
    lateInARow = 0;
    pauseMs = FIRST_PAUSE_MS;
    closedUntil = 0;
  };

  return {
    mayAsk() {
      if (closedUntil === 0) return true;
      // Further away than it can be: the clock was set back.
      if (now() < closedUntil && closedUntil - now() <= LONGEST_PAUSE_MS * 2) return false;
      closedUntil = now() + pauseMs;
      return true;
    },
    good() {
      answered();
      const calmMs = now() - troubledAt;
      if (state === 'up' || (state === 'refusing' && calmMs >= 0 && calmMs < CALM_MS)) return;
      state = 'up';
      cause = '';
      onChange('up', '');
    },
    late() {
      lateInARow += 1;
      if (lateInARow < LATE_IN_A_ROW) return;
      closedUntil = now() + pauseMs * (0.75 + 0.5 * random());
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      trouble('slow', 'timeout');
    },
    refused(code) {
      answered();
      trouble('refusing', code);
    },
    lost(code) {
      closedUntil = 0;
      lateInARow = 0;
      trouble('away', code);
    },
    silentMs: () => Math.max(0, now() - answeredAt),
  };
}
