import type { ServerResponse } from 'node:http';
import type { EndSignal } from '../node/ending.ts';

/**
 * Tells when whoever asked goes away before the answer is written. A real AbortSignal for each request would cost more than reading
 * the request does.
 */
export function watchDeparture(response: ServerResponse): EndSignal {
  return new Departure(response);
}

/** Listens only once somebody wants to hear: a decision from memory is over before anybody could go. */
class Departure implements EndSignal {
  readonly #response: ServerResponse;
  #listeners: Set<() => void> | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get aborted(): boolean {
    return this.#response.closed && !this.#response.writableFinished;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners ??= this.#listen();
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  #listen(): Set<() => void> {
    const listeners = new Set<() => void>();
    this.#response.once('close', () => {
      if (!this.aborted) return;
      for (const listener of listeners) listener();
    });
    return listeners;
  }
}
