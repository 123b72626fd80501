import { expect, test } from 'vitest';
import { createFormTokens } from '../../src/sessions/formTokens.ts';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);

test('a token is good for its session and its purpose alone', () => {
  const { tokenFor, accepts } = createFormTokens([OLD]);
  const token = tokenFor('a', 'recheck');
  expect(accepts(token, 'a', 'recheck')).toBe(true);
  expect(accepts(token, 'b', 'recheck')).toBe(false);
  expect(accepts(token, 'a', 'logout')).toBe(false);
  expect(accepts(token.slice(0, -2), 'a', 'recheck')).toBe(false);
  expect(accepts('', 'a', 'recheck')).toBe(false);
  // No two pairs are written alike.
  expect(tokenFor('","b', 'a')).not.toBe(tokenFor('b', 'a","'));
});

test('secrets can be changed', () => {
  const token = createFormTokens([OLD]).tokenFor('a', 'recheck');
  expect(createFormTokens([NEW, OLD]).accepts(token, 'a', 'recheck')).toBe(true);
  expect(createFormTokens([NEW]).accepts(token, 'a', 'recheck')).toBe(false);
  expect(() => createFormTokens([])).toThrow('need a secret');
});
