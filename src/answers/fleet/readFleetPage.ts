import { setImmediate as breathe } from 'node:timers/promises';
import type { LookupFailure } from '../../node/deviceDirectory.ts';
import type { DeviceList } from '../../node/deviceList.ts';
import type { FleetIntake } from './fleetIntake.ts';
import type { FleetPass } from './fleetPass.ts';

export interface FleetPageReader {
  readonly list: DeviceList;
  readonly intake: FleetIntake;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Longer than any attempt, so that what went wrong is known. */
const PAGE_MS = 35_000;
/** Ten million devices: beyond them somebody makes up pages. */
const MOST_PAGES = 10_000;
/** So many rows, and then whoever waits for a decision has its turn. */
const ROWS_AT_ONCE = 100;

/** Reads the next page of a pass into memory. `end`: there is no further one. */
export async function readFleetPage(
  pass: FleetPass,
  { list, intake, now }: FleetPageReader,
  signal: AbortSignal,
): Promise<'more' | 'end' | LookupFailure> {
  const asked = intake.moment();
  const answer = await list.readPage(pass.scope, pass.position, { signal, deadline: now() + PAGE_MS });
  if (!answer.ok) return answer;
  const { devices, unreadable, next } = answer.value;
  if (next !== undefined && (next === pass.position || pass.been.has(next)))
    return refused('The pages of the list lead in a circle.');
  if (next !== undefined && pass.pages >= MOST_PAGES)
    return refused(`The list has more than ${MOST_PAGES} pages.`);
  const page = { asked, fetchedAt: answer.fetchedAt };
  for (const [index, row] of devices.entries()) {
    if (index % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await breathe();
    intake.takeRow(row, page);
    pass.sightings.note(row.id, row.azureADDeviceId);
  }
  pass.pages += 1;
  pass.rows += devices.length + unreadable;
  pass.unreadable += unreadable;
  pass.failures = 0;
  if (pass.position !== undefined) pass.been.add(pass.position);
  pass.position = next;
  if (next !== undefined) return 'more';
  await takeAlone(pass, intake, signal);
  return 'end';
}

/** Only a pass that saw everything tells who is alone. */
async function takeAlone(pass: FleetPass, intake: FleetIntake, signal: AbortSignal): Promise<void> {
  if (pass.kind !== 'all' || !pass.fromTheStart || pass.unreadable > 0) return;
  let taken = 0;
  for (const [entraId, id] of pass.sightings.alone()) {
    taken += 1;
    if (taken % ROWS_AT_ONCE === 0) await breathe();
    if (signal.aborted) return;
    intake.takeAlone(entraId, id);
  }
}

function refused(detail: string): LookupFailure {
  return { ok: false, reason: 'malformedAnswer', detail, cause: new Error(detail) };
}
