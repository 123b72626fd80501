import { assert, constantFrom, nat, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReplicaSeal } from '../../src/redis/replicaSeal.ts';

const KEY = 'k'.repeat(32);
const OTHER = 'o'.repeat(32);
const WHAT = { text: '{"value":1}', from: 1_000, until: 2_000 };

describe('replicaSeal', () => {
  test('opens what it sealed, about the same thing only', () => {
    const seal = createReplicaSeal(KEY);
    const sealed = seal.seal('a', WHAT);
    expect(seal.open('a', sealed)).toEqual(WHAT);
    expect(seal.open('b', sealed)).toBeUndefined();
    expect(createReplicaSeal(OTHER).open('a', sealed)).toBeUndefined();
    expect(createReplicaSeal(OTHER, [KEY]).open('a', sealed)).toEqual(WHAT);
  });

  test('opens nothing in which one character is another one', () => {
    const seal = createReplicaSeal(KEY);
    const sealed = seal.seal('a', WHAT);
    assert(
      property(
        nat(sealed.length - 1),
        constantFrom('0', '1', '9', 'A', 'Z', 'a', 'z', '_', '-', '.'),
        (at, character) => {
          const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
          const opened = seal.open('a', changed);
          // The last character of base64url may hold bits that mean nothing.
          return opened === undefined || changed === sealed || at === sealed.length - 1;
        },
      ),
    );
    expect(seal.open('a', sealed.slice(0, -4))).toBeUndefined();
  });

  test('names tell nothing and depend on the key', () => {
    const name = createReplicaSeal(KEY).name('device');
    expect(name).toMatch(/^[\w-]{24}$/);
    expect(createReplicaSeal(KEY).name('device')).toBe(name);
    expect(createReplicaSeal(OTHER).name('device')).not.toBe(name);
  });
});
