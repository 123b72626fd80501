import { vi } from 'vitest';
import {
  createAnswerKeeper,
  type AnswerKeeper,
  type AnswerKeeperOptions,
} from '../../src/answers/answerKeeper.ts';
import type { AnswerLifetimes } from '../../src/answers/answerLifetimes.ts';
import { createAnswerMemory } from '../../src/answers/answerMemory.ts';
import { createAdmission } from '../../src/node/admission.ts';
import type {
  DeviceDirectory,
  DeviceLookupOptions,
  Lookup,
  LookupOptions,
} from '../../src/node/deviceDirectory.ts';
import { failure } from './fakeDirectory.ts';
import type { DetectedApp, EntraDevice, ManagedDevice } from '../../src/node/managedDevice.ts';

/** As in a configuration that says nothing. */
export const LIFETIMES: AnswerLifetimes = {
  compliantMs: 300_000,
  otherMs: 30_000,
  notFoundMs: 15_000,
  entraMs: 60_000,
  appsMs: 300_000,
  staleMs: 900_000,
};

type Found = ManagedDevice | readonly ManagedDevice[] | EntraDevice | readonly DetectedApp[] | undefined;

/** Microsoft as a test wants it: what it answers now, what it was asked, and how long it takes. */
export interface ScriptedDirectory extends DeviceDirectory {
  readonly calls: string[];
  /** How many of the calls were given up by the gate. */
  aborted: number;
  /** What it says of an id under a kind of question; a failure is an answer, too. */
  says: (call: string) => Found | Lookup<never>;
  delayMs: number;
  /** It looks when it is asked, and the answer then takes its time. Default: it looks at the end of the time. */
  looksEarly: boolean;
  /** Told of each answer that arrives. */
  onArrival: (said: Found | Lookup<never>, call: string) => void;
}

/** Answers after `delayMs` of the (fake) clock, with what it says at that moment. */
export function scriptedDirectory(says: ScriptedDirectory['says']): ScriptedDirectory {
  const answer = async <T>(call: string, { signal }: LookupOptions): Promise<Lookup<T>> => {
    script.calls.push(call);
    signal.addEventListener('abort', () => (script.aborted += 1));
    const early = script.looksEarly ? { said: script.says(call) } : undefined;
    if (script.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, script.delayMs));
    if (signal.aborted) return failure('timeout');
    const said = early === undefined ? script.says(call) : early.said;
    script.onArrival(said, call);
    return typeof said === 'object' && 'ok' in said
      ? said
      : { ok: true, value: said as T, source: 'graph', fetchedAt: Date.now() };
  };
  const script: ScriptedDirectory = {
    calls: [],
    aborted: 0,
    says,
    delayMs: 0,
    looksEarly: false,
    onArrival: () => undefined,
    findManagedDevice: (id, options) => answer(`intune ${id}`, options),
    findManagedDevicesByEntraId: (id, options) => answer(`entra ${id}`, options),
    findEntraDevice: (id, options) => answer(`device ${id}`, options),
    listDetectedApps: (id, options) => answer(`apps ${id}`, options),
  };
  return script;
}

/** A keeper in front of `directory`, on the fake clock of vitest. */
export function testKeeper(
  directory: DeviceDirectory,
  changes: Partial<AnswerKeeperOptions> & { readonly entries?: number } = {},
): AnswerKeeper {
  const { entries = 10_000, ...others } = changes;
  return createAnswerKeeper({
    tenant: 'default',
    directory,
    memory: createAnswerMemory({ entries, now: Date.now }),
    lifetimes: LIFETIMES,
    recheckIntervalMs: 10_000,
    flightMs: 8_000,
    waiting: createAdmission(100_000),
    now: Date.now,
    random: () => 0.5,
    ...others,
  });
}

/** How a decision of eight seconds asks. */
export function asker(changes: Partial<DeviceLookupOptions> = {}): DeviceLookupOptions {
  return {
    signal: new AbortController().signal,
    deadline: Date.now() + 8_000,
    properties: 'none',
    ...changes,
  };
}

/** Lets the fake clock run while a promise settles. */
export async function after<T>(ms: number, promise: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(ms);
  return promise;
}
