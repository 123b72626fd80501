import { GateError } from '../errors.ts';

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/**
 * Reads a moment as people write it: how long ago (`36h`, `7d`), a date or a time in a time zone, or a time that names its own zone.
 *
 * @param zone - of what names none, e.g. Europe/Berlin
 * @param now - milliseconds since 1970
 * @returns milliseconds since 1970
 * @throws GateError `usage`
 */
export function parseMoment(text: string, zone: string, now: number): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNITS_MS[unit] ?? 0);
  const local = LOCAL.exec(text);
  const at = local === null ? parseZoned(text) : inZone(local, zone);
  if (Number.isNaN(at)) {
    throw new GateError('usage', `${text} is no date, no time and no span such as 36h or 7d`);
  }
  return at;
}

function parseZoned(text: string): number {
  return /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
}

/** The moment at which clocks of the zone show this. Where they are put back and show it twice, one of the two. */
function inZone(match: RegExpExecArray, zone: string): number {
  const [, year, month, day, hour = '00', minute = '00', second = '00'] = match;
  const shown = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(shown)) return shown;
  // The offset belongs to the moment, which is not known before; the second look is past any change of clocks.
  const guess = shown - offsetMs(shown, zone);
  return shown - offsetMs(guess, zone);
}

/** By how much the clocks of a zone are ahead of UTC at a moment. */
function offsetMs(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return shown - Math.floor(at / 1_000) * 1_000;
}
