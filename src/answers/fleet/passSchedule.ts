import type { WantedProperties } from '../../node/deviceDirectory.ts';
import type { Bookmark } from './bookmark.ts';
import { createFleetPass, type FleetPass } from './fleetPass.ts';

/** Which pass is to be gone on with, and when the next ones begin. At most one of each kind is under way. */
export interface PassSchedule {
  /** A pass to read a page of, begun if it is time for one. Recent check-ins go first, as they are few and new. */
  next(): FleetPass | undefined;
  /** When there will be something to do, milliseconds since 1970. */
  nextAt(): number;
  /** Goes on with a pass of a former process. What it saw of the list is lost, so a whole one begins right after it. */
  resume(bookmark: Pick<Bookmark, 'position' | 'pages' | 'startedAt'>): FleetPass;
  finish(pass: FleetPass): void;
  giveUp(pass: FleetPass): void;
  underWay(): readonly FleetPass[];
}

export interface PassScheduleOptions {
  readonly properties: WantedProperties;
  readonly everyMs: number;
  readonly overlapMs: number;
  readonly allEveryMs: number;
  readonly now: () => number;
}

/** After a pass that was given up. */
const AGAIN_MS = 300_000;

export function createPassSchedule(options: PassScheduleOptions): PassSchedule {
  const { properties, everyMs, overlapMs, allEveryMs, now } = options;
  const longestMs = Math.max(everyMs, allEveryMs, AGAIN_MS);
  let all: FleetPass | undefined;
  let recent: FleetPass | undefined;
  let allDueAt = 0;
  let recentDueAt = Infinity;
  /** Check-ins before this time have been looked at. */
  let coveredUntil: number | undefined;

  /** A time further ahead than any that is set: the clock was set back. */
  const isDue = (at: number): boolean => at <= now() || (at !== Infinity && at > now() + longestMs);

  const noteBeginning = (startedAt: number): void => {
    coveredUntil ??= startedAt;
    if (recentDueAt === Infinity) recentDueAt = now() + everyMs;
  };

  return {
    next() {
      if (recent === undefined && coveredUntil !== undefined && isDue(recentDueAt)) {
        const checkedInAfter = Math.max(0, Math.min(coveredUntil, now()) - overlapMs);
        recent = createFleetPass('recent', { properties, checkedInAfter }, now());
      }
      if (recent !== undefined) return recent;
      if (all === undefined && isDue(allDueAt)) {
        all = createFleetPass('all', { properties }, now());
        noteBeginning(all.startedAt);
      }
      return all;
    },
    nextAt: () => (all === undefined && recent === undefined ? Math.min(allDueAt, recentDueAt) : now()),
    resume(bookmark) {
      all = createFleetPass('all', { properties }, now(), bookmark);
      noteBeginning(all.startedAt);
      return all;
    },
    finish(pass) {
      if (pass.kind === 'recent') {
        recent = undefined;
        coveredUntil = pass.startedAt;
        recentDueAt = now() + everyMs;
        return;
      }
      all = undefined;
      if (pass.fromTheStart) coveredUntil = Math.max(coveredUntil ?? 0, pass.startedAt);
      allDueAt = pass.fromTheStart ? Math.max(pass.startedAt + allEveryMs, now() + everyMs) : now();
    },
    giveUp(pass) {
      if (pass.kind === 'recent') {
        recent = undefined;
        recentDueAt = now() + everyMs;
      } else {
        all = undefined;
        allDueAt = now() + Math.min(allEveryMs, AGAIN_MS);
      }
    },
    underWay: () => [all, recent].filter((pass) => pass !== undefined),
  };
}
