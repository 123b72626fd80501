import { LRUCache } from 'lru-cache';
import type { Lookup } from '../node/deviceDirectory.ts';
import type { DeviceId } from '../node/deviceId.ts';
import type { FailedSetting, PolicyStates } from '../node/policyStates.ts';
import { ageOf } from './answerLifetimes.ts';
import { createFlights } from './flights.ts';

export interface PolicyStateKeeperOptions {
  /** Who is asked when memory does not know. */
  readonly source: PolicyStates;
  /** How long an answer is used, milliseconds. */
  readonly freshMs: number;
  /** Bound of one answer, whoever waits for it, milliseconds. */
  readonly flightMs: number;
  /** Most devices that are remembered. Default 10,000. */
  readonly entries?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Policy states that were heard a moment ago, asked for once for all who want to know. */
export interface PolicyStateKeeper extends PolicyStates {
  invalidateAll(): void;
}

const MOST_DEVICES = 10_000;

/** Each answer costs several questions, so somebody who loads a page again and again costs none. */
export function createPolicyStateKeeper(options: PolicyStateKeeperOptions): PolicyStateKeeper {
  const { source, freshMs, flightMs, entries = MOST_DEVICES, now } = options;
  const flights = createFlights({ flightMs, mostAhead: 0, now });
  const known = new LRUCache<
    DeviceId,
    { readonly value: readonly FailedSetting[]; readonly fetchedAt: number }
  >({
    maxSize: entries,
    sizeCalculation: () => 1,
  });

  async function send(
    id: DeviceId,
    bound: Parameters<PolicyStates['findFailedSettings']>[1],
  ): Promise<Lookup<readonly FailedSetting[]>> {
    const answer = await source.findFailedSettings(id, bound);
    if (answer.ok) known.set(id, { value: answer.value, fetchedAt: answer.fetchedAt });
    return answer;
  }

  return {
    async findFailedSettings(id, asker) {
      const remembered = known.get(id);
      const { maxAnswerAgeMs = Infinity } = asker;
      if (
        remembered !== undefined &&
        ageOf(remembered.fetchedAt, now()) < Math.min(freshMs, maxAnswerAgeMs)
      ) {
        return { ok: true, ...remembered, source: 'cache' };
      }
      return flights.ask(id, asker, (bound) => send(id, bound));
    },
    invalidateAll() {
      known.clear();
      flights.leaveBehind(() => true);
    },
  };
}
