import { LRUCache } from 'lru-cache';
import { createLocalHistory, type LocalHistoryOptions } from './localHistory.ts';
import { isStanding, type HistoryEntry, type Run, type Standing } from './run.ts';
import type { Erasure, SharedHistory } from './sharedHistory.ts';

export interface DeviceHistoryOptions extends LocalHistoryOptions {
  /** What other replicas see, too; undefined where there are none. */
  readonly shared: SharedHistory | undefined;
  /** Called once for each change of standing, by one replica, as far as replicas hear of each other. Must not throw. */
  readonly onChange: (entry: HistoryEntry, previous: Standing) => void;
}

/** What was decided about devices, as far as it is remembered. */
export interface DeviceHistory {
  /** Takes a decision down. Returns at once, and never throws. */
  add(entry: HistoryEntry): void;
  /** Runs of decisions, oldest first. `isComplete` is false where only this replica could be asked. */
  find(deviceId: string): Promise<{ readonly runs: readonly Run[]; readonly isComplete: boolean }>;
  /** How many devices something was erased of; undefined if not all of it could be. */
  erase(whose: Erasure): Promise<number | undefined>;
  /** Devices in the memory of this process. */
  readonly devices: number;
}

/** So often the others are told that a run goes on. */
const SHARE_EVERY_MS = 30_000;

export function createDeviceHistory(options: DeviceHistoryOptions): DeviceHistory {
  const { shared, onChange, now } = options;
  const local = createLocalHistory(options);
  const toldAt = new LRUCache<string, number>({ max: options.devices });

  async function share(
    store: SharedHistory,
    entry: HistoryEntry,
    seenHere: Standing | undefined,
  ): Promise<void> {
    const told = await store.add(entry);
    // Alone, what this replica has seen is all there is.
    const previous = told.ok ? told.previous : seenHere;
    if (previous !== undefined && isStanding(entry.reason)) onChange(entry, previous);
  }

  return {
    get devices() {
      return local.devices;
    },
    add(entry) {
      const { isNew, previous } = local.add(entry);
      if (shared === undefined) {
        if (previous !== undefined) onChange(entry, previous);
        return;
      }
      const place = `${entry.node} ${entry.deviceId}`;
      if (!isNew && Math.abs(now() - (toldAt.get(place) ?? 0)) < SHARE_EVERY_MS) return;
      toldAt.set(place, now());
      void share(shared, entry, previous);
    },
    async find(deviceId) {
      const runs = await shared?.find(deviceId);
      return { runs: runs ?? local.find(deviceId), isComplete: shared === undefined || runs !== undefined };
    },
    async erase(whose) {
      const here = local.erase(whose);
      if (shared === undefined) return here;
      return shared.erase(whose);
    },
  };
}
