import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { oathCode, type OathHash } from '../../../src/identity/oath/oathCode.ts';
import { countedAssert } from '../../properties/countedAssert.ts';

const DIGITS = '1234567890';
const secretOf = (bytes: number): Buffer => Buffer.from(DIGITS.repeat(7).slice(0, bytes));

describe('RFC 4226 appendix D', () => {
  test.each(
    ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'].map(
      (code, counter) => [counter, code] as const,
    ),
  )('counter %i gives %s', (counter, code) => {
    expect(oathCode(secretOf(20), counter, { digits: 6 })).toBe(code);
  });
});

describe('RFC 6238 appendix B', () => {
  const secrets: Record<OathHash, Buffer> = {
    sha1: secretOf(20),
    sha256: secretOf(32),
    sha512: secretOf(64),
  };
  test.each([
    [59, '94287082', '46119246', '90693936'],
    [1_111_111_109, '07081804', '68084774', '25091201'],
    [1_111_111_111, '14050471', '67062674', '99943326'],
    [1_234_567_890, '89005924', '91819424', '93441116'],
    [2_000_000_000, '69279037', '90698825', '38618901'],
    [20_000_000_000, '65353130', '77737706', '47863826'],
  ])('at %i seconds', (seconds, sha1, sha256, sha512) => {
    const codes = Object.entries({ sha1, sha256, sha512 }) as [OathHash, string][];
    for (const [hash, code] of codes) {
      expect(oathCode(secrets[hash], Math.floor(seconds / 30), { digits: 8, hash })).toBe(code);
    }
  });
});

describe('truncation and checksum', () => {
  test('reads at a given offset, and finds it for any other', () => {
    // The MAC of counter 0 is cc93cf18508d94934c64b65d8ba7667fb7cde4b0.
    const at = (truncationOffset: number): string =>
      oathCode(secretOf(20), 0, { digits: 6, truncationOffset });
    expect(at(0)).toBe('755224');
    expect(at(15)).toBe(String(0x7f_b7_cd_e4 % 1_000_000));
    expect(at(16)).toBe(at(-1));
  });

  test('the check digit makes the number pass the Luhn check', () => {
    const runs = countedAssert(500, fc.nat(), (counter) => {
      const code = oathCode(secretOf(20), counter, { digits: 6, addChecksum: true });
      expect(code).toMatch(/^\d{7}$/);
      const sum = Array.from(code)
        .toReversed()
        .reduce((total, digit, index) => {
          const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
          return total + Math.floor(doubled / 10) + (doubled % 10);
        }, 0);
      expect(sum % 10).toBe(0);
    });
    expect(runs).toBe(500);
  });
});
