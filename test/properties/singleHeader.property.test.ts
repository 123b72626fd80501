import { deepEqual, equal, ok } from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HeaderLine } from '../../src/node/requestContext.ts';
import { takeSingleHeader } from '../../src/node/singleHeader.ts';
import { anyCase } from './arbitraries.ts';
import { countedAssert } from './countedAssert.ts';

const NAME = 'x-intune';

/** As servers that confuse names see them: written again here, so that the two can disagree. */
const fold = (name: string): string => name.trim().toLowerCase().split('_').join('-').split('.').join('-');

const name = fc.oneof(
  { weight: 4, arbitrary: anyCase(fc.constant(NAME)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'x_intune',
      'X.Intune',
      ' x-intune',
      'x-intune\t',
      'x-intune2',
      'xintune',
      'x--intune',
    ),
  },
  { weight: 2, arbitrary: anyCase(fc.constant('connection')) },
  { weight: 2, arbitrary: fc.constantFrom('__proto__', 'constructor', '', 'host') },
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom('', 'close', 'keep-alive, X-Intune', 'x_intune', NAME, 'x-intune-other'),
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom('a', NAME, 'close,x.intune'), { maxLength: 3 }),
  fc.jsonValue({ maxDepth: 1 }),
  fc.constant(undefined),
);
const headers: fc.Arbitrary<readonly HeaderLine[]> = fc.array(fc.tuple(name, value), { maxLength: 5 });

function connectionNames(line: HeaderLine): boolean {
  const values: readonly unknown[] = Array.isArray(line[1]) ? line[1] : [line[1]];
  return values.some(
    (one) => typeof one === 'string' && one.split(',').some((token) => fold(token) === NAME),
  );
}

describe('takeSingleHeader', () => {
  test('15,000 header lists: present only if exactly one line has the name, in its own spelling, and nobody drops it', () => {
    const seen = new Set<string>();
    const runs = countedAssert(15_000, headers, (lines) => {
      const taken = takeSingleHeader(lines, NAME);
      seen.add(taken.is);
      const alike = lines.filter(([one]) => fold(one) === NAME);
      const dropped = lines.some((line) => fold(line[0]) === 'connection' && connectionNames(line));
      const [only] = alike;
      switch (taken.is) {
        case 'absent':
          deepEqual(alike, []);
          equal(dropped, false);
          return;
        case 'present':
          equal(alike.length, 1);
          equal(only?.[0].toLowerCase(), NAME);
          equal(taken.value, only?.[1]);
          ok(!(Array.isArray(only?.[1]) && only[1].length > 1));
          equal(dropped, false);
          return;
        case 'spoofed':
          ok(
            dropped ||
              alike.length > 1 ||
              only?.[0].toLowerCase() !== NAME ||
              (Array.isArray(only[1]) && only[1].length > 1),
          );
      }
    });
    expect(runs).toBe(15_000);
    expect([...seen].toSorted()).toEqual(['absent', 'present', 'spoofed']);
  });
});
