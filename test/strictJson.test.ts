import { expect, test } from 'vitest';
import { parseStrictJson } from '../src/strictJson.ts';

const parse = (text: string): ReturnType<typeof parseStrictJson> => parseStrictJson(Buffer.from(text));

test.each([
  '{}',
  '{"a":1,"b":{"a":1}}',
  '[{"a":1},{"a":2}]',
  '{"a":"{\\"a\\":1,\\"a\\":2}"}',
  '{"a":"__proto__"}',
  '{"a" : "x:\\\\" , "b":[]}',
  '"\\"a\\":"',
  '{"a":["x","x"]}',
])('accepts %s', (text) => {
  expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) as unknown });
});

test.each([
  '',
  '{',
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":1}',
  '{"a":{"b":1,"b":2}}',
  '[{"a":1,"a":2}]',
  '{"__proto__":1}',
  '{"a":{"prototype":1}}',
  '{"a":"unterminated',
  '{"a\\":1}',
  `${'['.repeat(33)}${']'.repeat(33)}`,
  '\ufeff\ufeff{}',
])('refuses %s', (text) => {
  expect(parse(text).ok).toBe(false);
});

test('takes linear time', () => {
  const started = performance.now();
  parse(`{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":${index}`).join(',')}}`);
  parse('"'.repeat(1_000_000));
  parse('['.repeat(1_000_000));
  expect(performance.now() - started).toBeLessThan(2_000);
});
