import { deepEqual, equal } from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBySchema } from '../../src/http/decisionRequest.ts';
import { readDecisionRequest } from '../../src/http/readDecisionRequest.ts';
import { countedAssert } from './countedAssert.ts';

/** Both accept a body with the same result, or neither does. */
function agree(body: unknown): boolean {
  const read = readDecisionRequest(body);
  const parsed = parseBySchema(body);
  equal(read !== undefined, parsed.ok, JSON.stringify(body)?.slice(0, 200));
  if (parsed.ok) deepEqual(read, parsed.value);
  return parsed.ok;
}

const often = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: fc.jsonValue() });
const edge = (limit: number): fc.Arbitrary<string> =>
  fc.constantFrom(limit - 1, limit, limit + 1).map((length) => 'x'.repeat(length));
const key = fc.oneof(
  { weight: 9, arbitrary: fc.string({ maxLength: 12 }).filter((name) => name !== '__proto__') },
  { weight: 1, arbitrary: edge(200) },
);
const value = fc.oneof({ weight: 9, arbitrary: fc.string() }, { weight: 1, arbitrary: edge(16_384) });
const values = fc.oneof(
  value,
  fc.array(often(value), { maxLength: 3 }),
  fc.constantFrom(49, 50, 51).map((count) => Array.from({ length: count }, () => 'v')),
);
const dictionary = (of: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.dictionary(key, of, { maxKeys: 4, noNullPrototype: true }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(199, 200, 201)
        .map((count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, 'v']))),
    },
  );
const address = fc.constantFrom(
  '10.0.0.7',
  '::1',
  'fe80::1%eth0',
  '10.0.0',
  '',
  '::1%',
  'localhost',
  '1'.repeat(101),
);
const request = fc.record(
  { headers: often(dictionary(values)), peerAddress: often(address) },
  { requiredKeys: [], noNullPrototype: true },
);
const body = fc.record(
  {
    node: often(fc.oneof(fc.string({ maxLength: 8 }), edge(64))),
    request: often(request),
    sharedState: often(dictionary(fc.jsonValue())),
    recheck: often(fc.boolean()),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const stranger = fc
  .tuple(body, fc.constantFrom('', 'request'), key)
  .map(([known, place, name]) =>
    place === '' ? { ...known, [name]: 1 } : { ...known, request: { headers: {}, [name]: 1 } },
  );

describe('the two ways to read a decision request agree', () => {
  test('5,000 bodies that are nearly right, many of them right', () => {
    let accepted = 0;
    const runs = countedAssert(5_000, body, (one) => {
      if (agree(one)) accepted += 1;
    });
    expect(runs).toBe(5_000);
    expect(accepted).toBeGreaterThan(1_000);
  });

  test('2,000 with a field nobody knows', () => {
    const runs = countedAssert(2_000, stranger, (one) => void agree(one));
    expect(runs).toBe(2_000);
  });

  test('2,000 that are any JSON', () => {
    const runs = countedAssert(2_000, fc.jsonValue(), (one) => void agree(one));
    expect(runs).toBe(2_000);
  });

  test('an address that is far too long is refused in no time', () => {
    const long = { request: { headers: {}, peerAddress: `${'%'.repeat(100_000)}\n` } };
    const startedAt = performance.now();
    agree(long);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
