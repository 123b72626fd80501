import { Cron } from 'croner';

/** When a mapping runs. */
export interface Schedule {
  readonly cron: string;
  /** Of the tz database, such as Europe/Berlin. */
  readonly timeZone: string;
}

/** Why a schedule cannot be used, in words; undefined if it can. */
export function scheduleProblem({ cron, timeZone }: Schedule): string | undefined {
  try {
    const job = new Cron(cron, { timezone: timeZone, paused: true, mode: '5-or-6-parts' });
    return job.nextRun() === null ? 'it is never due' : undefined;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, '').slice(0, 200);
  }
}

/** When the next run is due after `after`; milliseconds since 1970. Undefined for never. */
export function nextRunAt({ cron, timeZone }: Schedule, after: number): number | undefined {
  const next = new Cron(cron, { timezone: timeZone, paused: true, mode: '5-or-6-parts' }).nextRun(
    new Date(after),
  );
  return next?.getTime();
}

/**
 * Whether a run that was due has not begun: then one is made, however many were missed. Nobody missed a run that was due before
 * there was one.
 *
 * @param lastStartedAt - of the run before, milliseconds since 1970; undefined if there was none
 */
export function isMissed(schedule: Schedule, lastStartedAt: number | undefined, now: number): boolean {
  if (lastStartedAt === undefined) return false;
  const due = nextRunAt(schedule, lastStartedAt);
  return due !== undefined && due <= now;
}
