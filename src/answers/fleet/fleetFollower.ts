import type { LookupFailure, WantedProperties } from '../../node/deviceDirectory.ts';
import type { DeviceList } from '../../node/deviceList.ts';
import type { BookmarkKeeper } from './bookmark.ts';
import type { FleetIntake } from './fleetIntake.ts';
import type { FleetPass } from './fleetPass.ts';
import type { FollowLease } from './followLease.ts';
import type { FinishedPass, FollowerEvent, PassProgress } from './followerEvent.ts';
import { createPassSchedule } from './passSchedule.ts';
import { readFleetPage } from './readFleetPage.ts';

/** Reads the list of all devices of a tenant into memory, and then what changes. */
export interface FleetFollower {
  /** Begins, if it has not. */
  start(): void;
  /** Ends what is under way and notes where it was. Resolves when nothing is under way any more. */
  stop(): Promise<void>;
  progress(): FleetProgress;
}

export interface FleetProgress {
  /** `paused`: a page could not be had. `waitingForTurn`: another replica is paging. */
  readonly is: 'stopped' | 'paging' | 'resting' | 'paused' | 'waitingForTurn';
  /** The passes under way. */
  readonly underWay: readonly PassProgress[];
  /** The last pass through all devices, and the last one through those that checked in recently. */
  readonly lastAll: FinishedPass | undefined;
  readonly lastRecent: FinishedPass | undefined;
  /** Since the beginning: pages that came, pages that did not. */
  readonly pages: number;
  readonly failures: number;
  /** Answers that found no room in memory. */
  readonly withoutRoom: number;
}

export interface FleetFollowerOptions {
  /** The tenant's name in the configuration. */
  readonly tenant: string;
  readonly list: DeviceList;
  /** What each row is to tell. */
  readonly properties: WantedProperties;
  readonly intake: FleetIntake;
  /** From the end of one look at recent check-ins to the beginning of the next, milliseconds. */
  readonly everyMs: number;
  /** How much further back it looks than to the last look, milliseconds: Intune's clock is not ours, and its list lags. */
  readonly overlapMs: number;
  /** From the beginning of one pass through all devices to that of the next, milliseconds. */
  readonly allEveryMs: number;
  readonly lease: FollowLease;
  readonly bookmarks?: BookmarkKeeper | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onEvent: (event: FollowerEvent) => void;
}

/** A right to page that nobody gives back ends by itself; longer than a page takes. */
const LEASE_MS = 90_000;
const TURN_AGAIN_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** In a row, on one page. Being throttled is none of them. */
const MOST_FAILURES = 6;
const TELL_EVERY_MS = 5_000;
const SAVE_EVERY_MS = 1_000;
/** What is newer than that is worth going on with. */
const RECENT_BOOKMARK_MS = 900_000;

/** These do not get better by asking the same again. */
const REFUSALS: ReadonlySet<LookupFailure['reason']> = new Set<LookupFailure['reason']>([
  'malformedAnswer',
  'requestRefused',
]);

/** Reads one page at a time, so that it never overlaps with itself, and leaves the rest to those who wait. See docs/fleet.md. */
export function createFleetFollower(options: FleetFollowerOptions): FleetFollower {
  const { tenant, intake, lease, bookmarks, now, random, sleep, onEvent } = options;
  const schedule = createPassSchedule(options);
  const rowsTell = JSON.stringify(options.properties);
  let running: { readonly ending: AbortController; readonly done: Promise<void> } | undefined;
  let is: FleetProgress['is'] = 'stopped';
  let last: { all?: FinishedPass; recent?: FinishedPass } = {};
  let pages = 0;
  let failures = 0;
  let toldAt = 0;
  let savedAt = 0;

  const progressOf = (pass: FleetPass): PassProgress => {
    const devices = pass.sightings.size;
    const seconds = Math.max(now() - pass.readSince, 1) / 1_000;
    return {
      kind: pass.kind,
      startedAt: pass.startedAt,
      pages: pass.pages,
      devices,
      devicesPerSecond: Math.round(devices / seconds),
      fromTheStart: pass.fromTheStart,
      unreadable: pass.unreadable,
    };
  };

  const save = async (pass: FleetPass | undefined): Promise<void> => {
    if (bookmarks === undefined) return;
    const position = pass?.position;
    savedAt = now();
    try {
      await bookmarks.write(
        pass === undefined || position === undefined
          ? undefined
          : { tenant, rowsTell, position, pages: pass.pages, startedAt: pass.startedAt, savedAt },
      );
    } catch (error) {
      onEvent({ type: 'bookmarkFailed', detail: codeOf(error) });
    }
  };

  const resume = async (): Promise<void> => {
    try {
      const bookmark = await bookmarks?.read();
      if (bookmark === undefined || bookmark.tenant !== tenant || bookmark.rowsTell !== rowsTell) return;
      const ageMs = now() - bookmark.savedAt;
      if (ageMs < 0 || ageMs > RECENT_BOOKMARK_MS) return;
      tellStart(schedule.resume(bookmark));
    } catch (error) {
      onEvent({ type: 'bookmarkFailed', detail: codeOf(error) });
    }
  };

  const tellStart = (pass: FleetPass): void => {
    toldAt = now();
    onEvent({ type: 'passStarted', ...progressOf(pass) });
  };

  const finish = async (pass: FleetPass): Promise<void> => {
    const finished = { ...progressOf(pass), durationMs: now() - pass.startedAt };
    last = { ...last, [pass.kind]: finished };
    schedule.finish(pass);
    onEvent({ type: 'passFinished', ...finished, withoutRoom: intake.withoutRoom });
    if (pass.kind === 'all') await save(undefined);
  };

  /** Returns how long to leave Microsoft alone, milliseconds. */
  const fail = async (pass: FleetPass, failure: LookupFailure): Promise<number> => {
    const { reason, detail, retryAfterMs = 0 } = failure;
    failures += 1;
    pass.failures += 1;
    const givenUp = REFUSALS.has(reason) || (reason !== 'throttled' && pass.failures >= MOST_FAILURES);
    const plannedMs = Math.min(FIRST_PAUSE_MS * 2 ** (pass.failures - 1), LONGEST_PAUSE_MS);
    // Later than those who are waiting for a decision come back.
    const forMs = Math.round(retryAfterMs + plannedMs * (0.5 + 0.5 * random()));
    onEvent({ type: 'pageFailed', kind: pass.kind, reason, detail, givenUp, forMs });
    if (givenUp) {
      schedule.giveUp(pass);
      if (pass.kind === 'all') await save(undefined);
    }
    return forMs;
  };

  const readOn = async (pass: FleetPass, signal: AbortSignal): Promise<number> => {
    const outcome = await readFleetPage(pass, options, signal);
    if (signal.aborted) return 0;
    if (typeof outcome === 'object') return fail(pass, outcome);
    pages += 1;
    if (outcome === 'end') await finish(pass);
    else {
      if (now() - toldAt >= TELL_EVERY_MS) {
        toldAt = now();
        onEvent({ type: 'passProgress', ...progressOf(pass) });
      }
      if (pass.kind === 'all' && now() - savedAt >= SAVE_EVERY_MS) await save(pass);
    }
    return 0;
  };

  /** One page, or one pause. */
  const step = async (signal: AbortSignal): Promise<void> => {
    const pass = schedule.next();
    if (pass === undefined) {
      await lease.release(tenant);
      is = 'resting';
      await sleep(Math.max(schedule.nextAt() - now(), 1), signal);
    } else if (!(await lease.take(tenant, LEASE_MS))) {
      is = 'waitingForTurn';
      await sleep(TURN_AGAIN_MS, signal);
    } else {
      is = 'paging';
      if (pass.pages === 0 && pass.failures === 0) tellStart(pass);
      const pauseMs = await readOn(pass, signal);
      if (pauseMs === 0) return;
      is = 'paused';
      await lease.release(tenant);
      await sleep(pauseMs, signal);
    }
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    await resume();
    while (!signal.aborted) {
      try {
        await step(signal);
      } catch (error) {
        // Leaving a pause is how it ends. Anything else must not end it, nor keep it busy.
        if (signal.aborted) break;
        onEvent({ ...UNEXPECTED, detail: codeOf(error) });
        await sleep(LONGEST_PAUSE_MS, signal).catch(() => undefined);
      }
    }
    await save(schedule.underWay().find(({ kind }) => kind === 'all'));
    await lease.release(tenant);
    is = 'stopped';
  };

  return {
    start() {
      if (running !== undefined) return;
      const ending = new AbortController();
      running = { ending, done: run(ending.signal) };
    },
    async stop() {
      const ended = running;
      ended?.ending.abort();
      await ended?.done;
      if (running === ended) running = undefined;
    },
    progress: () => ({
      is,
      underWay: schedule.underWay().map(progressOf),
      lastAll: last.all,
      lastRecent: last.recent,
      pages,
      failures,
      withoutRoom: intake.withoutRoom,
    }),
  };
}

const UNEXPECTED = {
  type: 'pageFailed',
  kind: 'all',
  reason: 'malformedAnswer',
  givenUp: false,
  forMs: LONGEST_PAUSE_MS,
} as const;

/** Without the message, which may name a file or quote what was read. */
function codeOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}
