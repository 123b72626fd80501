import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase32, encodeBase32 } from '../../../src/identity/oath/base32.ts';
import { countedAssert } from '../../properties/countedAssert.ts';

/** RFC 4648 section 10. */
test.each([
  ['', ''],
  ['f', 'MY======'],
  ['fo', 'MZXQ===='],
  ['foo', 'MZXW6==='],
  ['foob', 'MZXW6YQ='],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI======'],
])('%j is %s', (text, base32) => {
  expect(encodeBase32(Buffer.from(text))).toBe(base32.replace(/=+$/, ''));
  expect(decodeBase32(base32)).toEqual(new Uint8Array(Buffer.from(text)));
});

test.each(['M', 'MZX', 'MZXW6Y', 'MZ', 'MZXW6YTB1', 'MZXW6YT!', 'Ä', 'MY=A', 'MY=======A', 'MY\n'])(
  '%j is none',
  (text) => {
    expect(decodeBase32(text)).toBeUndefined();
  },
);

test('every secret comes back, however a person writes it', () => {
  const runs = countedAssert(1_000, fc.uint8Array({ maxLength: 80 }), (bytes) => {
    const text = encodeBase32(bytes);
    expect(text).toMatch(/^[A-Z2-7]*$/);
    expect(decodeBase32(text)).toEqual(bytes);
    expect(decodeBase32(text.toLowerCase().replaceAll(/(.{4})/g, '$1 '))).toEqual(bytes);
    expect(decodeBase32(text.padEnd(Math.ceil(text.length / 8) * 8, '='))).toEqual(bytes);
  });
  expect(runs).toBe(1_000);
});

test('what is decoded is what its text says and nothing else', () => {
  const texts = fc.string({ unit: fc.constantFrom(...Array.from('ABCDMYZ234567=- a1')), maxLength: 24 });
  const runs = countedAssert(2_000, texts, (text) => {
    const bytes = decodeBase32(text);
    const digits = text.replaceAll(/[ =-]/g, '').toUpperCase();
    expect(bytes === undefined ? digits : encodeBase32(bytes)).toBe(digits);
  });
  expect(runs).toBe(2_000);
});
