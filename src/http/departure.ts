import type { ServerResponse } from 'node:http';
import type { CallerSignal } from '../node/deadline.ts';

/**
 * Tells when whoever asked goes away before the answer is written. A real AbortSignal for each request would cost more than reading
 * the request does.
 */
export function watchDeparture(response: ServerResponse): CallerSignal {
  const listeners = new Set<() => void>();
  let aborted = false;
  response.once('close', () => {
    if (response.writableFinished) return;
    aborted = true;
    for (const listener of listeners) listener();
  });
  return {
    get aborted() {
      return aborted;
    },
    addEventListener: (_, listener) => listeners.add(listener),
    removeEventListener: (_, listener) => listeners.delete(listener),
  };
}
