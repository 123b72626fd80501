import { LRUCache } from 'lru-cache';
import type { DeviceId } from '../node/deviceId.ts';
import { devicesIn, isAbsence, isGood } from './answerLifetimes.ts';
import { compactAnswer, createShareString, weighAnswer } from './compactAnswer.ts';
import { createDeviceMarks, type MarkScope, type Since } from './deviceMarks.ts';
import { questionForm, type AnswerValues, type Question, type QuestionKind } from './question.ts';

/** An answer as it is remembered. */
export interface Remembered<T> {
  readonly value: T;
  /** When Microsoft gave it, milliseconds since 1970. */
  readonly fetchedAt: number;
  /** When it was asked for, and when it became known here; see {@link AnswerMemory.moment}. */
  readonly asked: number;
  readonly moment: number;
  /** Set once a newer answer has been asked for in the background. */
  refreshed: boolean;
}

/**
 * Remembers answers, and which of them are outdated by something newer: what is newest about a device counts, whatever the question
 * was. Nothing in it waits.
 */
export interface AnswerMemory {
  /** The present, as a number that grows each time. To be noted when a question is sent, and handed in with its answer. */
  moment(): number;
  /** The newest answer, however old; undefined if there is none or it is outdated. */
  find<K extends QuestionKind>(question: Question<K>): Remembered<AnswerValues[K]> | undefined;
  /**
   * Takes in an answer to a question sent at the moment `asked`. One that says that a device is unknown or not good outdates all that
   * was said of the device before. One that crossed with something newer is not kept. Returns the answer in the form to hand out.
   *
   * @param keep false for one that may never be used again
   */
  take<K extends QuestionKind>(
    question: Question<K>,
    answer: { readonly value: AnswerValues[K]; readonly fetchedAt: number },
    asked: number,
    keep: boolean,
  ): AnswerValues[K];
  /**
   * Keeps what is remembered as the answer to another question, too, unless something newer is known of that. Says nothing new, so
   * nothing is outdated by it.
   */
  repeat<K extends QuestionKind>(
    question: Question<K>,
    value: AnswerValues[K],
    known: Pick<Remembered<unknown>, 'fetchedAt' | 'asked' | 'moment'>,
  ): void;
  /** Can an answer to this question come in without driving out another one? */
  hasRoomFor(question: Question): boolean;
  /** Was something heard since that moment that outdates an answer like this one? */
  wasOutdatedSince<K extends QuestionKind>(
    question: Question<K>,
    value: AnswerValues[K],
    moment: number,
  ): boolean;
  /** Is something at least as new known of the device than an answer of another replica, fetched at this time? */
  knowsNewer<K extends QuestionKind>(
    question: Question<K>,
    value: AnswerValues[K],
    fetchedAt: number,
  ): boolean;
  /** Whatever is known of a device by this id, of either kind, no longer counts; neither does what is being asked now. */
  invalidate(tenant: string, id: DeviceId): void;
  /** The same for all devices. */
  invalidateAll(): void;
  readonly size: number;
  /** How many answers went because there was no room. */
  readonly evictions: number;
}

const SCOPES = {
  managedDevice: 'managed',
  managedDevices: 'entra',
  entraDevice: 'any',
  detectedApps: 'any',
} as const satisfies Record<QuestionKind, MarkScope>;

/** Beside what {@link weighAnswer} tells: measured with devices without saved properties, and rounded up. */
const BYTES_PER_ANSWER = 768;
const LARGEST_BYTES_PER_ENTRY = 1_024;

/** Keeps at most `entries` answers, or fewer large ones: about one kibibyte for each entry in all. Those unused longest go first. */
export function createAnswerMemory(options: {
  readonly entries: number;
  readonly now: () => number;
}): AnswerMemory {
  const { entries, now } = options;
  let evictions = 0;
  const answers = new LRUCache<string, Remembered<unknown>>({
    max: entries,
    maxSize: entries * LARGEST_BYTES_PER_ENTRY,
    dispose: (_answer, _key, why) => {
      if (why === 'evict') evictions += 1;
    },
  });
  const marks = createDeviceMarks(entries);
  const share = createShareString();
  const forms = new Map<string, string>();
  let present = 0;

  const step = (): Since => {
    present += 1;
    return { moment: present, at: now() };
  };

  /** The form of a question is long and always one of a few; in the keys a short word stands for it. */
  const wordFor = (question: Question): string => {
    const form = questionForm(question);
    const word = forms.get(form) ?? forms.size.toString(36);
    forms.set(form, word);
    return word;
  };

  /** Most questions are of the form of the one before. */
  let recent: { readonly question: Question; readonly word: string } | undefined;
  const keyOf = (question: Question): string => {
    const { tenant, kind, wanted } = question;
    const before = recent?.question;
    if (recent === undefined || before?.tenant !== tenant || before.kind !== kind || before.wanted !== wanted)
      recent = { question, word: wordFor(question) };
    return `${question.id}${recent.word}`;
  };

  const outdatedByKey = ({ tenant, kind, id }: Question): number => marks.latest(tenant, id, SCOPES[kind]);

  const outdatedAt = <K extends QuestionKind>(question: Question<K>, value: AnswerValues[K]): number => {
    const { tenant, kind } = question;
    let latest = outdatedByKey(question);
    for (const device of devicesIn(kind, value)) {
      latest = Math.max(latest, marks.latest(tenant, device.id, 'managed'));
      if (device.azureADDeviceId !== undefined)
        latest = Math.max(latest, marks.latest(tenant, device.azureADDeviceId, 'entra'));
    }
    return latest;
  };

  const markBad = <K extends QuestionKind>(
    { tenant, kind, id }: Question<K>,
    value: AnswerValues[K],
    since: Since,
  ): void => {
    if (kind !== 'managedDevice' && kind !== 'managedDevices') return;
    if (isAbsence(kind, value)) marks.set(tenant, id, kind === 'managedDevice' ? 'managed' : 'entra', since);
    for (const device of devicesIn(kind, value)) {
      if (!isGood(device)) marks.set(tenant, device.id, 'managed', since);
    }
  };

  return {
    moment: () => step().moment,
    find<K extends QuestionKind>(question: Question<K>) {
      const key = keyOf(question);
      // What was put under the key of a question is an answer to it.
      const found = answers.get(key) as Remembered<AnswerValues[K]> | undefined;
      if (found === undefined || outdatedAt(question, found.value) <= found.moment) return found;
      answers.delete(key);
      return undefined;
    },
    take(question, { value, fetchedAt }, asked, keep) {
      const key = keyOf(question);
      const compact = compactAnswer(question, value, share);
      const crossed = outdatedAt(question, compact) > asked || (answers.peek(key)?.asked ?? 0) > asked;
      markBad(question, compact, step());
      if (!keep) answers.delete(key);
      else if (!crossed) {
        const remembered = { value: compact, fetchedAt, asked, moment: present, refreshed: false };
        answers.set(key, remembered, { size: BYTES_PER_ANSWER + weighAnswer(question.kind, compact) });
      }
      return compact;
    },
    repeat(question, value, { fetchedAt, asked, moment }) {
      const key = keyOf(question);
      // What is remembered outdates others from its moment on, but of this question something may have been heard while it was asked.
      const isOutdated = outdatedAt(question, value) > moment || outdatedByKey(question) > asked;
      if (isOutdated || (answers.peek(key)?.asked ?? 0) > asked) return;
      const size = BYTES_PER_ANSWER + weighAnswer(question.kind, value);
      answers.set(key, { value: Object.freeze(value), fetchedAt, asked, moment, refreshed: false }, { size });
    },
    hasRoomFor: (question) =>
      answers.has(keyOf(question)) ||
      (answers.size < entries && answers.calculatedSize < (entries - 1) * LARGEST_BYTES_PER_ENTRY),
    wasOutdatedSince: (question, value, moment) => outdatedAt(question, value) > moment,
    knowsNewer: ({ tenant, kind, id }, value, fetchedAt) =>
      [
        id,
        ...devicesIn(kind, value).flatMap((device) => [device.id, device.azureADDeviceId ?? device.id]),
      ].some((one) => marks.latestAt(tenant, one) >= fetchedAt),
    invalidate(tenant, id) {
      marks.set(tenant, id, 'any', step());
    },
    invalidateAll() {
      marks.setForAll(step());
      answers.clear();
    },
    get size() {
      return answers.size;
    },
    get evictions() {
      return evictions;
    },
  };
}
