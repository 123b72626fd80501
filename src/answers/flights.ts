import type { Lookup, LookupOptions } from '../node/deviceDirectory.ts';
import { Ending } from '../node/ending.ts';
import type { Soon } from '../node/soon.ts';
import { untilAborted, withinDeadline } from '../node/withinDeadline.ts';
import { lateAnswer } from './answerFailure.ts';

/** How a question is sent on: bounded by the flight, not by whoever asked first. */
export type SendQuestion<T> = (bound: LookupOptions) => Soon<Lookup<T>>;

/** Questions on their way, at most one of each, and who waits for them. */
export interface Flights {
  /** Waits for the answer to the question under this key, no longer than the asker may. Sends it unless it is on its way. */
  ask<T>(key: string, asker: LookupOptions, send: SendQuestion<T>): Promise<Lookup<T>>;
  /** The same, but with a question of its own, since what is on its way may have been sent too early. */
  askAnew<T>(key: string, asker: LookupOptions, send: SendQuestion<T>): Promise<Lookup<T>>;
  /** Sends the question for nobody in particular, unless it is on its way. Its failure is nobody's. False: too many are sent so. */
  askAhead<T>(key: string, send: SendQuestion<T>): boolean;
  /** Nobody joins the questions under these keys any more; those who wait for them already get their answers. */
  leaveBehind(concerns: (key: string) => boolean): void;
  counts(): FlightCounts;
}

export interface FlightCounts {
  /** On their way now. */
  readonly underWay: number;
  /** Since the beginning: sent for somebody who waited, joined while under way, sent ahead for nobody in particular. */
  readonly sent: number;
  readonly joined: number;
  readonly ahead: number;
}

export interface FlightsOptions {
  /** Bound of one question, whoever waits for it, milliseconds. */
  readonly flightMs: number;
  /** How many questions at once are sent for nobody in particular; more are not. */
  readonly mostAhead: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Flight {
  readonly answer: Promise<Lookup<unknown>>;
  readonly ending: Ending;
  waiting: number;
  settled: boolean;
}

export function createFlights({ flightMs, mostAhead, now }: FlightsOptions): Flights {
  const underWay = new Map<string, Flight>();
  let ahead = 0;
  /** Also those that nobody can join any more. */
  let flying = 0;
  const total = { sent: 0, joined: 0, ahead: 0 };

  const depart = (key: string, send: SendQuestion<unknown>): Flight => {
    flying += 1;
    const ending = new Ending();
    const bound = { signal: ending, deadline: now() + flightMs };
    const flight: Flight = {
      answer: withinDeadline(bound, now, (signal) =>
        untilAborted(Promise.resolve(send({ signal, deadline: bound.deadline })), signal, () =>
          lateAnswer('Microsoft gave no answer before the deadline of the question.'),
        ),
      ),
      ending,
      waiting: 0,
      settled: false,
    };
    const arrive = (): void => {
      flight.settled = true;
      flying -= 1;
      remove(key, flight);
    };
    // Before anybody who waits, and also if nobody does.
    flight.answer.then(arrive, arrive);
    underWay.set(key, flight);
    return flight;
  };

  const remove = (key: string, flight: Flight): void => {
    if (underWay.get(key) === flight) underWay.delete(key);
  };

  const join = (key: string): Flight | undefined => {
    const flight = underWay.get(key);
    if (flight !== undefined) total.joined += 1;
    return flight;
  };

  const departFor = (key: string, send: SendQuestion<unknown>): Flight => {
    total.sent += 1;
    return depart(key, send);
  };

  const wait = async (key: string, flight: Flight, asker: LookupOptions): Promise<Lookup<unknown>> => {
    flight.waiting += 1;
    try {
      return await withinDeadline(asker, now, (signal) =>
        untilAborted(flight.answer, signal, () =>
          lateAnswer('No answer came before the deadline of the decision.'),
        ),
      );
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0 && !flight.settled) {
        remove(key, flight);
        flight.ending.abort();
      }
    }
  };

  // Under one key there are only questions of one kind, so the answers are of that kind, too.
  return {
    ask: <T>(key: string, asker: LookupOptions, send: SendQuestion<T>) =>
      wait(key, join(key) ?? departFor(key, send), asker) as Promise<Lookup<T>>,
    askAnew: <T>(key: string, asker: LookupOptions, send: SendQuestion<T>) =>
      wait(key, departFor(key, send), asker) as Promise<Lookup<T>>,
    askAhead(key, send) {
      if (underWay.has(key)) return true;
      if (ahead >= mostAhead) return false;
      ahead += 1;
      total.ahead += 1;
      const flight = depart(key, send);
      // Counts as somebody who waits, so that nobody else's leaving ends it.
      flight.waiting += 1;
      const arrived = (): void => {
        ahead -= 1;
      };
      flight.answer.then(arrived, arrived);
      return true;
    },
    leaveBehind(concerns) {
      for (const key of underWay.keys()) if (concerns(key)) underWay.delete(key);
    },
    counts: () => ({ underWay: flying, ...total }),
  };
}
