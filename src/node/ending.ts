/** Says when work is to end, or nobody waits for it any more: what of an AbortSignal is needed to tell. */
export interface EndSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Ends work. Several layers bound one question to Microsoft, each with an end of its own, and as AbortControllers these cost as much as
 * the question itself.
 */
export class Ending implements EndSignal {
  #aborted = false;
  #listeners: Set<() => void> | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  abort(): void {
    this.#aborted = true;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.#aborted) return;
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }
}

/** Nobody reads why a signal ended; an error with a stack for each would be made for nothing. */
const OVER = 'it is over';

/** For those who understand nothing else. */
export function abortSignalOf(signal: EndSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  if (signal.aborted) controller.abort(OVER);
  else signal.addEventListener('abort', () => controller.abort(OVER));
  return controller.signal;
}
