import type { AnswerStore, Invalidated, StoredAnswer } from '../../src/answers/answerStore.ts';
import { questionKey, type AnswerValues, type QuestionKind } from '../../src/answers/question.ts';

interface Shared {
  readonly answers: Map<string, { readonly stored: StoredAnswer<unknown>; readonly until: number }>;
  readonly leases: Map<string, number>;
  readonly listeners: Set<(what: Invalidated) => void>;
}

const LEASE_MS = 5_000;
const LOOK_EVERY_MS = 10;

/** What replicas share, in one process: `open` gives each of them its own store. */
export function createSharedAnswers(): { open(): AnswerStore; readonly shared: Shared } {
  const shared: Shared = { answers: new Map(), leases: new Map(), listeners: new Set() };
  const open = (): AnswerStore => ({
    async claim<K extends QuestionKind>(
      question: Parameters<AnswerStore['claim']>[0],
      newerThan: number,
      signal: AbortSignal,
    ): Promise<StoredAnswer<AnswerValues[K]> | 'ask'> {
      const key = questionKey(question);
      for (;;) {
        const found = shared.answers.get(key);
        if (found !== undefined && found.until > Date.now() && found.stored.fetchedAt > newerThan) {
          return found.stored as StoredAnswer<AnswerValues[K]>;
        }
        if (signal.aborted || (shared.leases.get(key) ?? 0) <= Date.now()) {
          shared.leases.set(key, Date.now() + LEASE_MS);
          return 'ask';
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    },
    settle(question, answer) {
      const key = questionKey(question);
      shared.leases.delete(key);
      if (answer === undefined || answer.lifetimeMs === 0) return;
      const { stored, lifetimeMs } = answer;
      shared.answers.set(key, { stored, until: stored.fetchedAt + lifetimeMs });
    },
    invalidate(tenant, id) {
      for (const key of shared.answers.keys()) if (key.startsWith(id)) shared.answers.delete(key);
      for (const listener of shared.listeners) listener({ tenant, id });
    },
    subscribe(onInvalidated) {
      shared.listeners.add(onInvalidated);
      return () => shared.listeners.delete(onInvalidated);
    },
  });
  return { open, shared };
}
