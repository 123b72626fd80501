import { expect, test } from 'vitest';
import { parseMoment } from '../../src/cli/parseMoment.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

test.each([
  ['36h', 'UTC', '2026-11-20T00:00:00.000Z'],
  ['7d', 'UTC', '2026-11-14T12:00:00.000Z'],
  ['90m', 'UTC', '2026-11-21T10:30:00.000Z'],
  ['2026-11-17', 'Europe/Berlin', '2026-11-16T23:00:00.000Z'],
  ['2026-07-17T08:30', 'Europe/Berlin', '2026-07-17T06:30:00.000Z'],
  ['2026-11-17 08:30:15', 'America/New_York', '2026-11-17T13:30:15.000Z'],
  ['2026-11-17T08:30:00+02:00', 'Europe/Berlin', '2026-11-17T06:30:00.000Z'],
  ['2026-11-17T08:30:00Z', 'Asia/Tokyo', '2026-11-17T08:30:00.000Z'],
  // The clocks of Berlin skip from two to three, and on another day go back from three to two.
  ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['2026-10-25T04:00', 'Europe/Berlin', '2026-10-25T03:00:00.000Z'],
])('%s in %s is %s', (text, zone, expected) => {
  expect(new Date(parseMoment(text, zone, NOW)).toISOString()).toBe(expected);
});

test.each(['yesterday', '', '7w', '2026-13-40', '2026-11-17T25:00', '17.11.2026', '-3d'])(
  '%j is none',
  (text) => {
    expect(() => parseMoment(text, 'UTC', NOW)).toThrow('is no date, no time and no span');
  },
);
