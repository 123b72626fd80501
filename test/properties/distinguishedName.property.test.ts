import { deepEqual, ok } from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  normaliseAttributeType,
  parseDistinguishedName,
  type NameAttribute,
} from '../../src/tls/distinguishedName.ts';
import { isWellFormed, nearMiss } from './arbitraries.ts';
import { countedAssert } from './countedAssert.ts';

type Writing = 'backslash' | 'hex' | 'quoted';

const type = fc.constantFrom(
  'CN',
  'cn',
  'O',
  'OU',
  'dc',
  'UID',
  '2.5.4.3',
  'OID.2.5.4.3',
  'commonName',
  '1.2.840.113556.5.14',
  'x-y1',
);
/** Text a subject can hold: no control characters, which RFC 4514 leaves to hex escapes, and no half of a surrogate pair. */
const value = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...Array.from(' ,;+="\\<>#/é東😀aF0-')),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 20,
  })
  .filter(isWellFormed);
const anyText = fc.string({ unit: 'binary', maxLength: 20 }).filter(isWellFormed);
const writing = fc.constantFrom<Writing>('backslash', 'hex', 'quoted');
const separator = fc.constantFrom(',', ';', '+', ', ', ' ,  ');

/** Writes a value as RFC 4514 section 2.4 (or, quoted, RFC 2253) says. */
function writeValue(text: string, how: Writing): string {
  if (how === 'hex')
    return [...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
  const hidden = Array.from(text, (letter) => (letter < ' ' || letter === '\u007f' ? hexOf(letter) : letter));
  if (how === 'quoted')
    return `"${hidden.map((part) => (part === '"' || part === '\\' ? `\\${part}` : part)).join('')}"`;
  return hidden
    .map((part, index) => {
      const atEdge = index === 0 || index === hidden.length - 1;
      return ',;+"\\<>='.includes(part) || (part === ' ' && atEdge) || (part === '#' && index === 0)
        ? `\\${part}`
        : part;
    })
    .join('');
}

function hexOf(letter: string): string {
  return [...Buffer.from(letter)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}

const attributes = (
  text: fc.Arbitrary<string>,
): fc.Arbitrary<readonly (readonly [string, string, Writing, string])[]> =>
  fc.array(fc.tuple(type, text, writing, separator), { minLength: 1, maxLength: 6 });

function roundTrip(parts: readonly (readonly [string, string, Writing, string])[]): void {
  const written = parts
    .map(
      ([name, text, how, between], index) => `${index === 0 ? '' : between}${name}=${writeValue(text, how)}`,
    )
    .join('');
  const expected: readonly NameAttribute[] = parts.map(([name, text]) => ({
    type: normaliseAttributeType(name),
    value: text,
  }));
  deepEqual(parseDistinguishedName(written), written.length > 2_048 ? undefined : expected);
}

describe('parseDistinguishedName', () => {
  test('8,000 written names: read back as they were', () => {
    expect(countedAssert(8_000, attributes(value), roundTrip)).toBe(8_000);
  });

  test('4,000 names of any characters at all: read back as they were', () => {
    expect(countedAssert(4_000, attributes(anyText), roundTrip)).toBe(4_000);
  });

  test('10,000 arbitrary texts and near misses: never throws, and gives whole attributes or nothing', () => {
    const text = fc.oneof(nearMiss, fc.string({ unit: 'binary', maxLength: 200 }));
    const runs = countedAssert(10_000, text, (name) => {
      const parsed = parseDistinguishedName(name);
      if (parsed === undefined) return;
      ok(parsed.length > 0 && parsed.length <= 32);

      // No attribute holds more than the name did.
      ok(parsed.every((one) => one.type !== '' && one.value.length < name.length));
    });
    expect(runs).toBe(10_000);
  });

  test('2,000 repetitions of a piece up to the longest name: no time beyond linear', () => {
    const piece = fc.string({
      unit: fc.constantFrom(...Array.from(' ,;+="\\/#aCN2.5é')),
      minLength: 1,
      maxLength: 4,
    });
    const startedAt = performance.now();
    const runs = countedAssert(
      2_000,
      fc.tuple(piece, fc.constantFrom('', '/CN=', 'CN=', 'CN="', 'CN=\\')),
      ([part, start]) => {
        const text = `${start}${part.repeat(2_048)}`.slice(0, 2_048);
        ok((parseDistinguishedName(text)?.length ?? 0) <= 32);
      },
    );
    expect(runs).toBe(2_000);
    // 2,000 names of 2,048 characters; a quadratic reader would take minutes.
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });
});
