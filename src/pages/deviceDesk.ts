import { LRUCache } from 'lru-cache';
import type { Decision } from '../node/decision.ts';
import type { DeviceDirectory, LookupOptions } from '../node/deviceDirectory.ts';
import { parseGuid, type DeviceId } from '../node/deviceId.ts';
import type { DeviceSync } from '../node/deviceSync.ts';
import type { ManagedDevice } from '../node/managedDevice.ts';
import type { FailedSetting, PolicyStates } from '../node/policyStates.ts';
import { REASONS } from '../outcomes/reason.ts';

export interface DeviceDeskOptions {
  readonly directory: Pick<DeviceDirectory, 'findManagedDevice'>;
  readonly policyStates: PolicyStates;
  readonly memory: RecheckMemory;
  /** Undefined where nobody may have devices check in. */
  readonly sync: DeviceSync | undefined;
  /** Shortest time between two rechecks of one device, milliseconds. */
  readonly recheckIntervalMs: number;
  /** How long a recheck is followed, milliseconds. */
  readonly watchMs: number;
  /** Bound of what is asked beside the decision, milliseconds. */
  readonly deadlineMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What there is to tell about a device to whoever is entitled to know. */
export interface DeviceStanding {
  readonly decision: Decision;
  /** Undefined if it is not known. */
  readonly device: DeviceFacts | undefined;
  /** Undefined if Intune cannot say now, or may not be asked; empty if nothing fails. */
  readonly failed: { readonly settings: readonly FailedSetting[]; readonly ageSeconds: number } | undefined;
  readonly recheck: RecheckProgress;
}

/** Texts are whatever somebody called the device. */
export interface DeviceFacts {
  readonly name: string | undefined;
  readonly operatingSystem: string | undefined;
  readonly osVersion: string | undefined;
  /** Until when a device that is not compliant passes, milliseconds since 1970. */
  readonly graceEndsAt: number | undefined;
}

export interface RecheckProgress {
  /** `changed`: there is another answer than before. `unchanged`: the time is over, and there is none. */
  readonly state: 'none' | 'running' | 'changed' | 'unchanged';
  /** Of a recheck that runs. */
  readonly secondsLeft: number;
  /** When another one may begin, seconds from now; 0 for at once. */
  readonly nextInSeconds: number;
  /** Was the device told to check in? Null if nobody tried. */
  readonly told: boolean | null;
  /** Has the device checked in since? */
  readonly checkedIn: boolean;
}

/** Has Microsoft asked again, and decides anew about the request at hand. */
export type DecideAgain = () => Promise<Decision>;

/** Tells people how their device stands, why, and when that changes. */
export interface DeviceDesk {
  /** What there is to say beside a decision. While a recheck runs, Microsoft is asked again, as often as its rules allow. */
  look(decision: Decision, decideAgain: DecideAgain): Promise<DeviceStanding>;
  /**
   * Has a device that is known check in where that may be done, and follows what becomes of it.
   *
   * @returns how long it is too early, seconds; 0 if the recheck has begun, undefined if there is no device to check
   */
  recheck(decision: Decision): Promise<number | undefined>;
}

/** The rechecks there were, by device. It outlives a configuration that is read again. */
export type RecheckMemory = LRUCache<string, Watch>;

/** A memory that ends with the process, and knows of no other. */
export function createRecheckMemory(): RecheckMemory {
  return new LRUCache({ maxSize: MOST_WATCHED, sizeCalculation: () => 1 });
}

interface Watch {
  readonly startedAt: number;
  readonly before: Pick<Decision, 'outcome' | 'reason'> & { readonly lastSync: string | null };
  told: boolean | null;
  end: { readonly state: 'changed' | 'unchanged'; readonly at: number } | undefined;
  checkedIn: boolean;
}

const MOST_WATCHED = 10_000;
/** How long the end of a recheck is told. */
const TOLD_FOR_MS = 60_000;
const SHOWN_PROPERTIES = ['deviceName', 'operatingSystem', 'osVersion'];
const NOT_WATCHED = {
  state: 'none',
  secondsLeft: 0,
  nextInSeconds: 0,
  told: null,
  checkedIn: false,
} as const;

export function createDeviceDesk(options: DeviceDeskOptions): DeviceDesk {
  const {
    directory,
    policyStates,
    memory: watches,
    sync,
    recheckIntervalMs,
    watchMs,
    deadlineMs,
    now,
  } = options;

  async function look(first: Decision, decideAgain: DecideAgain): Promise<DeviceStanding> {
    const watch = watchOf(first);
    const decision = watch !== undefined && isRunning(watch) ? await decideAgain() : first;
    if (watch !== undefined) follow(watch, decision);
    const id = decision.managedDeviceId === null ? undefined : parseGuid(decision.managedDeviceId);
    const [device, failed] = await Promise.all([findFacts(id), findFailed(id, decision, watch)]);
    return { decision, device, failed, recheck: watch === undefined ? NOT_WATCHED : progressOf(watch) };
  }

  async function recheck(before: Decision): Promise<number | undefined> {
    const keys = keysOf(before);
    if (keys.length === 0) return undefined;
    const former = watchOf(before);
    if (former !== undefined && nextInMs(former) > 0) return Math.ceil(nextInMs(former) / 1_000);
    const watch: Watch = {
      startedAt: now(),
      before: {
        outcome: before.outcome,
        reason: before.reason,
        lastSync: before.evidence.lastSyncDateTime,
      },
      told: null,
      end: undefined,
      checkedIn: false,
    };
    // Before anything is waited for: two at once are one.
    for (const key of keys) watches.set(key, watch);
    const id = before.managedDeviceId === null ? undefined : parseGuid(before.managedDeviceId);
    if (sync !== undefined && id !== undefined) {
      const told = await within((bound) => sync.syncDevice(id, bound));
      watch.told = told.ok && told.value;
    }
    return 0;
  }

  function watchOf(decision: Decision): Watch | undefined {
    return keysOf(decision)
      .map((key) => watches.get(key))
      .find((watch) => watch !== undefined);
  }

  function isRunning({ startedAt, end }: Watch): boolean {
    return end === undefined && now() - startedAt < watchMs && now() >= startedAt;
  }

  function follow(watch: Watch, { outcome, reason, evidence }: Decision): void {
    if (watch.end !== undefined) return;
    const { before } = watch;
    watch.checkedIn ||= evidence.lastSyncDateTime !== null && evidence.lastSyncDateTime !== before.lastSync;
    // That nobody can say anything now is no news about the device.
    const isNews = REASONS[reason].about === 'device';
    if (isNews && (outcome !== before.outcome || reason !== before.reason)) {
      watch.end = { state: 'changed', at: now() };
    } else if (!isRunning(watch)) watch.end = { state: 'unchanged', at: now() };
  }

  function progressOf(watch: Watch): RecheckProgress {
    const { end, told, checkedIn, startedAt } = watch;
    const nextInSeconds = Math.max(0, Math.ceil(nextInMs(watch) / 1_000));
    if (end === undefined) {
      const secondsLeft = Math.max(0, Math.ceil((startedAt + watchMs - now()) / 1_000));
      return { state: 'running', secondsLeft, nextInSeconds, told, checkedIn };
    }
    return now() - end.at > TOLD_FOR_MS
      ? NOT_WATCHED
      : { state: end.state, secondsLeft: 0, nextInSeconds, told, checkedIn };
  }

  /** A recheck that runs is the one there is; a clock that was set back does not close the way. */
  function nextInMs(watch: Watch): number {
    if (now() < watch.startedAt) return 0;
    return watch.startedAt + Math.max(recheckIntervalMs, isRunning(watch) ? watchMs : 0) - now();
  }

  async function findFacts(id: DeviceId | undefined): Promise<DeviceFacts | undefined> {
    if (id === undefined) return undefined;
    const found = await within((bound) =>
      directory.findManagedDevice(id, { ...bound, properties: SHOWN_PROPERTIES }),
    );
    return found.ok && found.value !== undefined ? factsOf(found.value) : undefined;
  }

  async function findFailed(
    id: DeviceId | undefined,
    { outcome, reason }: Decision,
    watch: Watch | undefined,
  ): Promise<DeviceStanding['failed']> {
    if (id === undefined || outcome === 'Compliant' || REASONS[reason].about !== 'device') return undefined;
    // What was heard before the answer changed belongs to the old one.
    const maxAnswerAgeMs = watch?.end?.state === 'changed' ? now() - watch.end.at : undefined;
    const found = await within((bound) =>
      policyStates.findFailedSettings(id, {
        ...bound,
        ...(maxAnswerAgeMs === undefined ? {} : { maxAnswerAgeMs }),
      }),
    );
    if (!found.ok) return undefined;
    return {
      settings: found.value,
      ageSeconds: Math.max(0, Math.floor((now() - found.fetchedAt) / 1_000)),
    };
  }

  async function within<T>(ask: (bound: LookupOptions) => T | Promise<T>): Promise<T> {
    return ask({ signal: AbortSignal.timeout(deadlineMs), deadline: now() + deadlineMs });
  }

  return { look, recheck };
}

/** A device is known by every id it has, since not all of them are known at all times, and by nothing that a client could choose. */
function keysOf({ managedDeviceId, azureADDeviceId, deviceId }: Decision): readonly string[] {
  return [...new Set([managedDeviceId, deviceId, azureADDeviceId])].filter((id) => id !== null);
}

function factsOf({ properties, graceDeadline }: ManagedDevice): DeviceFacts {
  const textAt = (name: string): string | undefined => {
    const value = properties[name];
    return typeof value === 'string' && value.trim() !== '' ? value.slice(0, 200) : undefined;
  };
  return {
    name: textAt('deviceName'),
    operatingSystem: textAt('operatingSystem'),
    osVersion: textAt('osVersion'),
    graceEndsAt: graceDeadline,
  };
}
