import { deepEqual, equal, match, ok } from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrictJson } from '../../src/strictJson.ts';
import { damaged, isWellFormed } from './arbitraries.ts';
import { countedAssert } from './countedAssert.ts';

const SPECIAL = new Set(['__proto__', 'constructor', 'prototype']);

/** Where it accepts, JSON.parse accepts the same text and sees the same value. A byte order mark is a way to say UTF-8, not text. */
function agrees(body: Uint8Array): boolean {
  const parsed = parseStrictJson(body);
  if (!parsed.ok) {
    match(parsed.detail, /^[A-Z].*\.$/);
    return false;
  }
  const text = Buffer.from(body)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  deepEqual(parsed.value, JSON.parse(text));
  return true;
}

const token = fc.constantFrom(
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  '\\',
  '"a"',
  '"a":',
  '"\\u0061":',
  '"b":1',
  '"__proto__":',
  '"constructor":{}',
  '1',
  '-',
  '1e9',
  'true',
  'null',
  ' ',
  '\n',
  '\u0000',
  '\ufeff',
  '\\"',
  '"é"',
  '\ud800',
);
const tokens = fc.array(token, { maxLength: 16 }).map((parts) => Buffer.from(parts.join('')));
const json = fc.json({ maxDepth: 6, stringUnit: 'binary' });

describe('parseStrictJson', () => {
  test('5,000 JSON texts: accepts what has no special key and nests no deeper than 32, and agrees with JSON.parse', () => {
    const runs = countedAssert(5_000, json, (text) => {
      const accepted = agrees(Buffer.from(text));
      if (!accepted) ok(mayBeRefused(JSON.parse(text)) || !isWellFormed(text));
    });
    expect(runs).toBe(5_000);
  });

  test('10,000 damaged JSON texts and heaps of tokens: never throws, and agrees with JSON.parse wherever it accepts', () => {
    let accepted = 0;
    const body = fc.oneof(
      damaged(json).map((text) => Buffer.from(text)),
      tokens,
    );
    const runs = countedAssert(10_000, body, (bytes) => {
      if (agrees(bytes)) accepted += 1;
    });
    expect(runs).toBe(10_000);
    expect(accepted).toBeGreaterThan(100);
  });

  test('3,000 arbitrary byte strings: never throws, and agrees with JSON.parse wherever it accepts', () => {
    expect(countedAssert(3_000, fc.uint8Array({ maxLength: 64 }), agrees)).toBe(3_000);
  });

  test('3,000 objects with a key twice, in any spelling and at any depth: always refused', () => {
    const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }).filter(isWellFormed);
    const spelling = fc.constantFrom('plain', 'escaped');
    const depth = fc.nat({ max: 20 });
    const runs = countedAssert(
      3_000,
      fc.tuple(key, spelling, spelling, depth, json),
      ([name, first, second, levels, filler]) => {
        const inner = `{${write(name, first)}:1,"${'f'.repeat(9)}":${filler},${write(name, second)}:2}`;
        const text = `${'{"a":['.repeat(levels)}${inner}${']}'.repeat(levels)}`;
        equal(parseStrictJson(Buffer.from(text)).ok, false);
      },
    );
    expect(runs).toBe(3_000);
  });
});

function write(key: string, how: string): string {
  if (how === 'plain') return JSON.stringify(key);
  return `"${Array.from({ length: key.length }, (_, index) => `\\u${key.charCodeAt(index).toString(16).padStart(4, '0')}`).join('')}"`;
}

/** JSON.parse loses the keys that make a text be refused, so only the special ones can be seen here; texts of fc.json repeat none. */
function mayBeRefused(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    Object.getOwnPropertyNames(value).some((key) => SPECIAL.has(key)) ||
    Object.values(value).some(mayBeRefused)
  );
}
