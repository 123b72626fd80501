import type { Lookup } from '../node/deviceDirectory.ts';
import { abortSignalOf } from '../node/ending.ts';
import { ageOf, freshMs, staleMs, type AnswerLifetimes } from './answerLifetimes.ts';
import type { AnswerMemory } from './answerMemory.ts';
import type { AnswerStore, StoredAnswer } from './answerStore.ts';
import type { SendQuestion } from './flights.ts';
import type { AnswerValues, Question, QuestionKind } from './question.ts';

/**
 * Makes a way of sending a question on: to the other replicas first, then by `send`. What comes back is taken into memory and told to
 * the others. An answer of another replica counts if it was fetched after `newerThan`, milliseconds since 1970.
 */
export type QuestionSender = <K extends QuestionKind>(
  question: Question<K>,
  send: SendQuestion<AnswerValues[K]>,
  newerThan: number,
) => SendQuestion<AnswerValues[K]>;

export interface QuestionSenderOptions {
  readonly memory: AnswerMemory;
  readonly store: AnswerStore | undefined;
  readonly lifetimes: AnswerLifetimes;
  readonly now: () => number;
}

export function createQuestionSender({
  memory,
  store,
  lifetimes,
  now,
}: QuestionSenderOptions): QuestionSender {
  const takeIn = <K extends QuestionKind>(
    question: Question<K>,
    answer: StoredAnswer<AnswerValues[K]>,
    asked: number,
  ): AnswerValues[K] => {
    const { kind } = question;
    const keep = freshMs(kind, answer.value, lifetimes) > 0 || staleMs(kind, answer.value, lifetimes) > 0;
    return memory.take(question, answer, asked, keep);
  };

  /** An answer of another replica lives no longer here than there, and not at all if something newer is known here. */
  const isUsable = <K extends QuestionKind>(
    question: Question<K>,
    { value, fetchedAt }: StoredAnswer<AnswerValues[K]>,
  ): boolean =>
    ageOf(fetchedAt, now()) < freshMs(question.kind, value, lifetimes) &&
    !memory.knowsNewer(question, value, fetchedAt);

  return <K extends QuestionKind>(
      question: Question<K>,
      send: SendQuestion<AnswerValues[K]>,
      newerThan: number,
    ): SendQuestion<AnswerValues[K]> =>
    async (bound) => {
      const asked = memory.moment();
      const known =
        store === undefined ? 'ask' : await store.claim(question, newerThan, abortSignalOf(bound.signal));
      if (known !== 'ask' && isUsable(question, known)) {
        const { fetchedAt } = known;
        return { ok: true, source: 'cache', fetchedAt, value: takeIn(question, known, asked) };
      }
      let answer: Lookup<AnswerValues[K]> | undefined;
      try {
        answer = await send(bound);
      } finally {
        if (answer?.ok !== true) store?.settle(question, undefined);
      }
      if (!answer.ok) return answer;
      const { fetchedAt, source } = answer;
      const value = takeIn(question, answer, asked);
      const lifetimeMs = freshMs(question.kind, value, lifetimes);
      store?.settle(question, { stored: { value, fetchedAt }, lifetimeMs });
      return { ok: true, source, fetchedAt, value };
    };
}
