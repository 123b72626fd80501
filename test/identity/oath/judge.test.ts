import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeHotp } from '../../../src/identity/oath/judgeHotp.ts';
import { judgeTotp } from '../../../src/identity/oath/judgeTotp.ts';
import { oathCode } from '../../../src/identity/oath/oathCode.ts';
import {
  DEFAULT_HOTP_SETTINGS,
  DEFAULT_TOTP_SETTINGS,
  type TotpSettings,
} from '../../../src/identity/oath/oathSettings.ts';
import { NO_PROGRESS, type OtpProgress } from '../../../src/identity/otpDevice.ts';
import { countedAssert } from '../../properties/countedAssert.ts';

const SECRET = Buffer.from('12345678901234567890');
/** Step 60,000,000 begins here, seconds since 1970. */
const STEP = 60_000_000;
const NOW = STEP * 30_000;
const at = (steps: number): number => NOW + steps * 30_000;
const codeOf = (step: number, digits: 6 | 8 = 6): string => oathCode(SECRET, STEP + step, { digits });

function judge(
  answer: string,
  progress: OtpProgress = NO_PROGRESS,
  now = NOW,
  settings: Partial<TotpSettings> = {},
  digits: 6 | 8 = 6,
): OtpProgress | undefined {
  return judgeTotp(
    { secret: SECRET, digits, progress },
    answer,
    { ...DEFAULT_TOTP_SETTINGS, ...settings },
    now,
  );
}

const accepted = (step: number, serverStep = 0): OtpProgress => ({
  lastAcceptedSeconds: (STEP + step) * 30,
  driftSeconds: (step - serverStep) * 30,
  counter: 0,
});

describe('time-based codes', () => {
  test.each([-2, -1, 0, 1, 2])('accepts the code of step %i, and remembers step and drift', (step) => {
    expect(judge(codeOf(step))).toEqual(accepted(step));
  });

  test.each([-3, 3])('refuses the code of step %i', (step) => {
    expect(judge(codeOf(step))).toBeUndefined();
  });

  test('the last moment of a step still belongs to it', () => {
    expect(judge(codeOf(0), NO_PROGRESS, at(1) - 1, { timeSteps: 0 })).toEqual(accepted(0));
    expect(judge(codeOf(0), NO_PROGRESS, at(1), { timeSteps: 0 })).toBeUndefined();
  });

  test.each([
    ['a code of the other length', codeOf(0, 8)],
    ['a code cut short', codeOf(0).slice(0, 5)],
    ['nothing', ''],
    ['a code with a blank', `${codeOf(0)} `],
    [
      'a code in other digits',
      codeOf(0).replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    ],
  ])('refuses %s', (_, answer) => {
    expect(judge(answer)).toBeUndefined();
  });

  test('takes eight digits from a device that has them, and not six', () => {
    expect(judge(codeOf(0, 8), NO_PROGRESS, NOW, {}, 8)).toEqual(accepted(0));
    expect(judge(codeOf(0, 6), NO_PROGRESS, NOW, {}, 8)).toBeUndefined();
  });

  test('refuses every code in the step that was accepted last, a later one too', () => {
    for (const step of [-2, -1, 0, 1, 2]) expect(judge(codeOf(step), accepted(0))).toBeUndefined();
  });

  test('near the step accepted last, takes current and later codes and no earlier ones', () => {
    const last = accepted(0);
    expect(judge(codeOf(1), last, at(2))).toBeUndefined();
    expect(judge(codeOf(2), last, at(2))).toEqual(accepted(2, 2));
    expect(judge(codeOf(4), last, at(2))).toEqual(accepted(4, 2));
  });

  test('far from it, takes earlier codes again', () => {
    expect(judge(codeOf(1), accepted(0), at(3))).toEqual(accepted(1, 3));
  });

  test('follows the clock of the device, up to five steps and no further', () => {
    let progress = NO_PROGRESS;
    const ahead: (number | undefined)[] = [];
    for (const [login, drift] of [2, 4, 5, 6].entries()) {
      const time = at(login * 10);
      const next = judge(codeOf(login * 10 + drift), progress, time);
      ahead.push(next?.driftSeconds);
      progress = next ?? progress;
    }
    expect(ahead).toEqual([60, 120, 150, undefined]);
  });

  test('a code is not accepted again after the clock of the server was set back', () => {
    expect(judge(codeOf(9), { ...accepted(9), driftSeconds: 0 }, at(7))).toBeUndefined();
    expect(judge(codeOf(5), { ...accepted(9), driftSeconds: 0 }, at(5))).toBeUndefined();
  });

  test('agrees with the rules as they are written down, less what was accepted before', () => {
    const offsets = fc.integer({ min: -9, max: 9 });
    const cases = fc.record({
      code: offsets,
      last: fc.option(offsets, { nil: undefined }),
      drift: fc.integer({ min: -5, max: 5 }),
      timeSteps: fc.integer({ min: 0, max: 4 }),
    });
    let acceptances = 0;
    const runs = countedAssert(3_000, cases, ({ code, last, drift, timeSteps }) => {
      const progress = {
        ...(last === undefined ? {} : { lastAcceptedSeconds: (STEP + last) * 30 }),
        driftSeconds: drift * 30,
        counter: 0,
      };
      const expected =
        last !== drift &&
        Math.abs(code - drift) <= timeSteps &&
        !(last !== undefined && Math.abs(last - drift) <= timeSteps && code < drift) &&
        Math.abs(code) <= 5 &&
        !(last !== undefined && code <= last);
      acceptances += Number(expected);
      expect(judge(codeOf(code), progress, NOW, { timeSteps })).toEqual(
        expected ? accepted(code) : undefined,
      );
    });
    expect(runs).toBe(3_000);
    expect(acceptances).toBeGreaterThan(300);
  });

  test('whatever comes in whatever order, no code is ever accepted twice', () => {
    const visits = fc.array(
      fc.record({ wait: fc.integer({ min: -2, max: 4 }), ahead: fc.integer({ min: -3, max: 3 }) }),
      { maxLength: 30 },
    );
    const runs = countedAssert(500, visits, (list) => {
      const used = new Set<number>();
      let progress = NO_PROGRESS;
      let time = 0;
      for (const { wait, ahead } of list) {
        time += wait;
        const next = judge(codeOf(time + ahead), progress, at(time));
        if (next === undefined) continue;
        expect(used.has(time + ahead)).toBe(false);
        used.add(time + ahead);
        progress = next;
      }
    });
    expect(runs).toBe(500);
  });
});

describe('counter-based codes', () => {
  const device = { secret: SECRET, digits: 6 as const, progress: { driftSeconds: 0, counter: 10 } };
  const hotp = (counter: number): string => oathCode(SECRET, counter, { digits: 6 });

  test.each([10, 11, 60, 110])('accepts counter %i, and expects the next', (counter) => {
    expect(judgeHotp(device, hotp(counter), DEFAULT_HOTP_SETTINGS)).toEqual({
      driftSeconds: 0,
      counter: counter + 1,
    });
  });

  test.each([9, 0, 111, 5_000])('refuses counter %i', (counter) => {
    expect(judgeHotp(device, hotp(counter), DEFAULT_HOTP_SETTINGS)).toBeUndefined();
  });

  test('a window of nothing is the expected code alone', () => {
    const settings = { ...DEFAULT_HOTP_SETTINGS, windowSize: 0 };
    expect(judgeHotp(device, hotp(10), settings)).toBeDefined();
    expect(judgeHotp(device, hotp(11), settings)).toBeUndefined();
  });

  test('takes no code of another length, and none at all with a checksum', () => {
    const settings = { ...DEFAULT_HOTP_SETTINGS, addChecksum: true };
    expect(judgeHotp(device, oathCode(SECRET, 10, { digits: 8 }), DEFAULT_HOTP_SETTINGS)).toBeUndefined();
    expect(
      judgeHotp(device, oathCode(SECRET, 10, { digits: 6, addChecksum: true }), settings),
    ).toBeUndefined();
    expect(judgeHotp(device, hotp(10), settings)).toBeUndefined();
  });

  test('the offset of the registration is the offset of the check', () => {
    const code = oathCode(SECRET, 12, { digits: 6, truncationOffset: 3 });
    expect(judgeHotp(device, code, { ...DEFAULT_HOTP_SETTINGS, truncationOffset: 3 })).toMatchObject({
      counter: 13,
    });
    expect(judgeHotp(device, code, DEFAULT_HOTP_SETTINGS)).toBeUndefined();
  });
});
