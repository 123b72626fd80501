import type { Admission } from '../node/admission.ts';
import type {
  AnswerWarning,
  DeviceDirectory,
  Lookup,
  LookupFailure,
  LookupOptions,
} from '../node/deviceDirectory.ts';
import type { DeviceId } from '../node/deviceId.ts';
import type { Soon } from '../node/soon.ts';
import { NO_ROOM } from './answerFailure.ts';
import { ageOf, freshMs, staleMs, type AnswerLifetimes } from './answerLifetimes.ts';
import type { AnswerMemory, Remembered } from './answerMemory.ts';
import type { AnswerStore } from './answerStore.ts';
import { createFleetIntake, type FleetIntake, type FleetWish } from './fleet/fleetIntake.ts';
import { createFlights, type FlightCounts, type SendQuestion } from './flights.ts';
import { OUTAGES } from './outages.ts';
import { questionKey, type AnswerValues, type Question, type QuestionKind } from './question.ts';
import { createQuestionSender } from './questionSender.ts';
import { createRecheckLimit } from './recheckLimit.ts';

export interface AnswerKeeperOptions {
  /** The tenant's name in the configuration. */
  readonly tenant: string;
  /** Who is asked when memory does not know. */
  readonly directory: DeviceDirectory;
  /** May be shared between tenants. */
  readonly memory: AnswerMemory;
  /** What other replicas know. Default: there are none. */
  readonly store?: AnswerStore;
  readonly lifetimes: AnswerLifetimes;
  /** Shortest time between two rechecks of one device, milliseconds. */
  readonly recheckIntervalMs: number;
  /** Bound of one question, whoever waits for it, milliseconds. Best the longest deadline of the nodes that ask. */
  readonly flightMs: number;
  /** How many may wait for answers at once. What memory knows needs no place. */
  readonly waiting: Admission;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 to below 1: not all answers that became known together are asked for ahead together. */
  readonly random: () => number;
}

/** A directory that remembers what another one answered. */
export interface AnswerKeeper extends DeviceDirectory {
  /** What is remembered of the device with this Intune or Entra id no longer counts, here and in other replicas. */
  invalidate(id: DeviceId): void;
  /** Nothing that is remembered counts any more, here alone. */
  invalidateAll(): void;
  /** Listens to other replicas no more. */
  close(): void;
  /** Questions that memory could not answer. */
  questions(): FlightCounts;
  /** A way for listed devices into the same memory. */
  createIntake(wishes: readonly FleetWish[]): FleetIntake;
}

/** An answer in use is asked for ahead in the last fifth of its life. */
const AHEAD_FROM = 0.8;
const MOST_AHEAD = 64;
const MOST_RECHECKED = 100_000;
/** Who has something to fall back on leaves this long before the own deadline, so as to have time to say it. */
const MARGIN_MS = 250;

/** Answers from memory while it may, asks once for all who want to know, and falls back on memory in an outage. See docs/answers.md. */
export function createAnswerKeeper(options: AnswerKeeperOptions): AnswerKeeper {
  const { tenant, directory, memory, store, lifetimes, flightMs, waiting, now, random } = options;
  const flights = createFlights({ flightMs, mostAhead: MOST_AHEAD, now });
  const rechecks = createRecheckLimit({
    intervalMs: options.recheckIntervalMs,
    entries: MOST_RECHECKED,
    now,
  });

  const sending = createQuestionSender({ memory, store, lifetimes, now });

  const ask = <K extends QuestionKind>(
    question: Question<K>,
    asker: LookupOptions,
    send: SendQuestion<AnswerValues[K]>,
  ): Soon<Lookup<AnswerValues[K]>> => {
    const { kind, id } = question;
    const { maxAnswerAgeMs = Infinity, recheck = false } = asker;
    const known = memory.find(question);
    const granted = recheck && rechecks.take(`${kind} ${id}`);
    if (known !== undefined && !granted) {
      const ageMs = ageOf(known.fetchedAt, now());
      const lifetimeMs = Math.min(freshMs(kind, known.value, lifetimes), maxAnswerAgeMs);
      if (ageMs < lifetimeMs) {
        if (!known.refreshed && ageMs >= lifetimeMs * (AHEAD_FROM + (1 - AHEAD_FROM) * 0.5 * random())) {
          known.refreshed = flights.askAhead(questionKey(question), sending(question, send, known.fetchedAt));
        }
        return remembered(known, 'cache', recheck ? TOO_SOON : undefined);
      }
    }
    return askDirectory(question, asker, send, granted);
  };

  const askDirectory = async <K extends QuestionKind>(
    question: Question<K>,
    asker: LookupOptions,
    send: SendQuestion<AnswerValues[K]>,
    granted: boolean,
  ): Promise<Lookup<AnswerValues[K]>> => {
    const { maxAnswerAgeMs = Infinity } = asker;
    const leave = waiting.enter();
    if (leave === undefined) return NO_ROOM;
    try {
      const fallBack = fallBackFor(question, maxAnswerAgeMs);
      const { signal, deadline } = asker;
      const bound = { signal, deadline: fallBack() === undefined ? deadline : earlier(deadline, now()) };
      const key = questionKey(question);
      const newerThan = granted ? now() : now() - maxAnswerAgeMs;
      const sent = sending(question, send, newerThan);
      let answer = await (granted ? flights.askAnew(key, bound, sent) : flights.ask(key, bound, sent));
      // Who asked first may have accepted an older answer of another replica.
      if (answer.ok && answer.source !== 'graph' && ageOf(answer.fetchedAt, now()) >= maxAnswerAgeMs)
        answer = await flights.askAnew(key, bound, sent);
      if (answer.ok) return answer;
      const instead = OUTAGES.has(answer.reason) ? fallBack() : undefined;
      return instead === undefined ? answer : remembered(instead.known, instead.source, answer);
    } finally {
      leave();
    }
  };

  /** What may be said if Microsoft cannot answer; looked up when needed, as something newer may be known by then. */
  const fallBackFor =
    <K extends QuestionKind>(question: Question<K>, maxAnswerAgeMs: number) =>
    (): { known: Remembered<AnswerValues[K]>; source: 'cache' | 'staleCache' } | undefined => {
      const known = memory.find(question);
      if (known === undefined) return undefined;
      const ageMs = ageOf(known.fetchedAt, now());
      if (ageMs >= maxAnswerAgeMs) return undefined;
      if (ageMs < freshMs(question.kind, known.value, lifetimes)) return { known, source: 'cache' };
      return ageMs < staleMs(question.kind, known.value, lifetimes)
        ? { known, source: 'staleCache' }
        : undefined;
    };

  const concerns = (id: DeviceId) => (key: string) => key.startsWith(id);
  const endSubscription = store?.subscribe((what) => {
    if (what === 'everything') {
      memory.invalidateAll();
      flights.leaveBehind(() => true);
    } else if (what.tenant === tenant) {
      memory.invalidate(tenant, what.id);
      flights.leaveBehind(concerns(what.id));
    }
  });

  return {
    findManagedDevice: (id, asker) =>
      ask({ tenant, kind: 'managedDevice', id, wanted: asker.properties }, asker, (bound) =>
        directory.findManagedDevice(id, { ...bound, properties: asker.properties }),
      ),
    findManagedDevicesByEntraId: (id, asker) =>
      ask({ tenant, kind: 'managedDevices', id, wanted: asker.properties }, asker, (bound) =>
        directory.findManagedDevicesByEntraId(id, { ...bound, properties: asker.properties }),
      ),
    findEntraDevice: (id, asker) =>
      ask({ tenant, kind: 'entraDevice', id, wanted: 'none' }, asker, (bound) =>
        directory.findEntraDevice(id, bound),
      ),
    listDetectedApps: (id, asker) =>
      ask({ tenant, kind: 'detectedApps', id, wanted: 'none' }, asker, (bound) =>
        directory.listDetectedApps(id, bound),
      ),
    invalidate(id) {
      memory.invalidate(tenant, id);
      flights.leaveBehind(concerns(id));
      store?.invalidate(tenant, id);
    },
    invalidateAll() {
      memory.invalidateAll();
      flights.leaveBehind(() => true);
    },
    close() {
      endSubscription?.();
    },
    questions: () => flights.counts(),
    createIntake: (wishes) => createFleetIntake({ tenant, memory, wishes, now }),
  };
}

const TOO_SOON: AnswerWarning = { reason: 'recheckTooSoon', detail: 'its answer is the remembered one' };

function remembered<T>(
  { value, fetchedAt }: Remembered<T>,
  source: 'cache' | 'staleCache',
  why: AnswerWarning | LookupFailure | undefined,
): Lookup<T> {
  const answer = { ok: true, value, source, fetchedAt } as const;
  return why === undefined ? answer : { ...answer, warning: { reason: why.reason, detail: why.detail } };
}

function earlier(deadline: number, now: number): number {
  return deadline - Math.min(MARGIN_MS, (deadline - now) / 10);
}
