/**
 * Lets so much work run at once and so much wait for it.
 *
 * @returns a runner; it returns undefined where even the queue is full
 */
export function createLanes(
  count: number,
  longestQueue: number,
): <T>(work: () => Promise<T>) => Promise<T> | undefined {
  let running = 0;
  const queue: (() => void)[] = [];

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (running >= count) await new Promise<void>((start) => queue.push(start));
    else running += 1;
    try {
      return await work();
    } finally {
      // The place goes on to who waits longest.
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return (work) => (running >= count && queue.length >= longestQueue ? undefined : run(work));
}
