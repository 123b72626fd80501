import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePresentedId } from '../../src/node/presentedId.ts';
import { anyCase, damaged, guidText, nearMiss } from './arbitraries.ts';
import { countedAssert } from './countedAssert.ts';

/** All text a value holds, with the escapes of names and of JSON undone: whatever id comes out must be in it. */
function textIn(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text
    .replace(/\\([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .toLowerCase();
}

function holds(value: unknown): void {
  const presented = parsePresentedId(value);
  switch (presented.is) {
    case 'absent':
      return;
    case 'malformed':
      notEqual(presented.detail, '');
      return;
    case 'id':
      match(presented.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      notEqual(presented.id, '00000000-0000-0000-0000-000000000000');
      ok(textIn(value).includes(presented.id));
  }
}

const FORMS: readonly ((id: string) => unknown)[] = [
  (id) => id,
  (id) => `{${id}}`,
  (id) => ` \t${id} \t`,
  (id) => [id],
  (id) => `["${id}"]`,
  (id) => [`["${id}"]`],
  (id) => `CN=${id}`,
  (id) => ` cn = ${id} `,
  (id) => `CN={${id}}`,
  (id) => `CN="${id}"`,
  (id) => `O=Contoso\\, Inc.,CN=${id},C=DE`,
  (id) => `O="Contoso, Inc.";CN=${id}`,
  (id) => `OU=x+commonName=${id}`,
  (id) => `2.5.4.3=${id}`,
  (id) => `/C=DE/O=Contoso/CN=${id}`,
  (id) => `CN=${[...Buffer.from(id)].map((byte) => `\\${byte.toString(16)}`).join('')}`,
];

describe('parsePresentedId', () => {
  test('10,000 arbitrary texts: never throws, and an id that comes out was in it', () => {
    expect(
      countedAssert(10_000, fc.string({ unit: 'binary', maxLength: 3_000, size: 'medium' }), holds),
    ).toBe(10_000);
  });

  test('30,000 near misses of ids and names: never throws, and an id that comes out was in it', () => {
    expect(countedAssert(30_000, nearMiss, holds)).toBe(30_000);
  });

  test('10,000 JSON values: never throws, and an id that comes out was in it', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.array(nearMiss, { maxLength: 3 }),
      fc.anything(),
    );
    expect(countedAssert(10_000, value, holdsForJson)).toBe(10_000);
  });

  test('10,000 GUIDs in each accepted form: exactly that id', () => {
    const presented = fc.tuple(anyCase(guidText), fc.constantFrom(...FORMS));
    const runs = countedAssert(10_000, presented, ([id, form]) => {
      deepEqual(parsePresentedId(form(id)), { is: 'id', id: id.toLowerCase() });
    });
    expect(runs).toBe(10_000);
  });

  test('5,000 names with two CNs in any order and spelling: never an id', () => {
    const spelling = fc.constantFrom('CN', 'cn', 'commonName', '2.5.4.3', 'OID.2.5.4.3');
    const attribute = fc.tuple(spelling, anyCase(guidText)).map(([type, id]) => `${type}=${id}`);
    const name = fc.tuple(attribute, attribute, fc.constantFrom(',', ';', '+', ' , ', ',O=x,'));
    const runs = countedAssert(5_000, name, ([first, second, separator]) => {
      equal(parsePresentedId(`${first}${separator}${second}`).is, 'malformed');
    });
    expect(runs).toBe(5_000);
  });

  test('5,000 damaged GUIDs: the same id or none', () => {
    const runs = countedAssert(
      5_000,
      fc.tuple(guidText.chain((id) => fc.tuple(fc.constant(id), damaged(fc.constant(id))))),
      ([[id, text]]) => {
        const presented = parsePresentedId(text);
        if (presented.is === 'id' && presented.id !== id) equal(text.trim().toLowerCase(), presented.id);
      },
    );
    expect(runs).toBe(5_000);
  });
});

/** What JSON cannot hold (a symbol, a function, a cycle) only has to be survived. */
function holdsForJson(value: unknown): void {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    text = undefined;
  }
  if (text === undefined) notEqual(parsePresentedId(value).is, 'id');
  else holds(value);
}
