/** Thrown where too many are waiting already. */
export class TurnstileFull extends Error {
  override readonly name = 'TurnstileFull';
  constructor() {
    super('too many are waiting');
  }
}

/** Lets so many work at once; others wait in line, and the line has an end. */
export interface Turnstile {
  /** @throws TurnstileFull, or the reason of the signal if it aborts while waiting */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface TurnstileOptions {
  /** Who may work at once. */
  readonly places: number;
  /** Who may wait beside them. */
  readonly waiting: number;
}

export function createTurnstile({ places, waiting }: TurnstileOptions): Turnstile {
  let working = 0;
  const line = new Set<() => void>();

  const enter = (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (working < places) {
      working += 1;
      return Promise.resolve();
    }
    if (line.size >= waiting) throw new TurnstileFull();
    return new Promise((resolve, reject) => {
      const admit = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        line.delete(admit);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      line.add(admit);
    });
  };
  /** The place goes to the next in line, or becomes free. */
  const exit = (): void => {
    const [next] = line;
    if (next === undefined) working -= 1;
    else {
      line.delete(next);
      next();
    }
  };

  return {
    async run(work, signal) {
      await enter(signal);
      try {
        return await work();
      } finally {
        exit();
      }
    },
  };
}
