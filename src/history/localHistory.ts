import { LRUCache } from 'lru-cache';
import { isStanding, otherIdsOf, type HistoryEntry, type Run, type Standing } from './run.ts';
import type { Erasure } from './sharedHistory.ts';

export interface LocalHistoryOptions {
  /** Most devices; beyond, those that were not seen for longest go. */
  readonly devices: number;
  /** Most runs of one device. */
  readonly runs: number;
  /** How long a run stays after its end, milliseconds. */
  readonly keepMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What one entry was. */
export interface Noted {
  /** Another outcome or reason than before, or the first of this node. */
  readonly isNew: boolean;
  /** What the standing was before; undefined: it is no other one, or the first. */
  readonly previous: Standing | undefined;
}

/** Histories of devices in the memory of this process. */
export interface LocalHistory {
  readonly devices: number;
  add(entry: HistoryEntry): Noted;
  /** Oldest first. */
  find(deviceId: string): readonly Run[];
  /** How many devices something was erased of. */
  erase(whose: Erasure): number;
}

interface Held {
  /** Oldest first by their beginning. */
  runs: HeldRun[];
  /** Of each node. */
  readonly current: Map<string, HeldRun>;
  readonly standing: Map<string, Standing>;
}

type HeldRun = { -readonly [Key in keyof Run]: Run[Key] };

export function createLocalHistory({ devices, runs, keepMs, now }: LocalHistoryOptions): LocalHistory {
  const held = new LRUCache<string, Held>({ max: devices });
  /** By what other ids a device that presented an id may be asked for. */
  const links = new LRUCache<string, Set<string>>({ max: devices * 2 });

  function begin(device: Held, entry: HistoryEntry): void {
    const { node, outcome, reason, user, at, decisionId } = entry;
    const moment = { at, decisionId };
    const run = { node, outcome, reason, user, first: moment, last: moment };
    device.current.set(node, run);
    device.runs = [...device.runs.filter(({ last }) => last.at > now() - keepMs), run].slice(-runs);
    for (const id of otherIdsOf(entry)) {
      const linked = links.get(id) ?? new Set();
      if (linked.size < MOST_LINKS) linked.add(entry.deviceId);
      links.set(id, linked);
    }
  }

  return {
    get devices() {
      return held.size;
    },
    add(entry) {
      const { deviceId, node, outcome, reason, at, decisionId } = entry;
      let device = held.get(deviceId);
      if (device === undefined) {
        device = { runs: [], current: new Map(), standing: new Map() };
        held.set(deviceId, device);
      }
      const current = device.current.get(node);
      const moment = { at, decisionId };
      if (current?.outcome === outcome && current.reason === reason) {
        current.last = moment;
        return UNCHANGED;
      }
      begin(device, entry);
      if (!isStanding(reason)) return { isNew: true, previous: undefined };
      const previous = device.standing.get(node);
      device.standing.set(node, { outcome, ...moment });
      return { isNew: true, previous: previous?.outcome === outcome ? undefined : previous };
    },
    find(deviceId) {
      const oldest = now() - keepMs;
      return [deviceId, ...(links.get(deviceId) ?? [])]
        .flatMap((id) => held.peek(id)?.runs ?? [])
        .filter(({ last }) => last.at > oldest)
        .map((run) => ({ ...run }))
        .toSorted((a, b) => a.first.at - b.first.at);
    },
    erase(whose) {
      if ('user' in whose) return eraseUser(held, whose.user);
      const ids = new Set([whose.deviceId, ...(links.get(whose.deviceId) ?? [])]);
      const erased = [...ids].filter((id) => held.delete(id)).length;
      links.delete(whose.deviceId);
      return erased;
    },
  };
}

const UNCHANGED: Noted = { isNew: false, previous: undefined };
const MOST_LINKS = 10;

function eraseUser(held: LRUCache<string, Held>, user: string): number {
  let erased = 0;
  for (const device of held.values()) {
    const kept = device.runs.filter((run) => run.user !== user);
    if (kept.length === device.runs.length) continue;
    erased += 1;
    device.runs = kept;
    for (const [node, run] of device.current) if (run.user === user) device.current.delete(node);
  }
  return erased;
}
