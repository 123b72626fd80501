import * as fc from 'fast-check';
import forge from 'node-forge';
import { describe, expect, test } from 'vitest';
import { oidOf, parseDer } from '../../src/tls/der.ts';
import { encodedChildren } from '../../src/tls/derBytes.ts';
import { der, oid, sequence } from '../support/derBuilder.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('parseDer', () => {
  test.each([
    '0500',
    '0101ff',
    '010100',
    '020100',
    '02020080',
    '0201ff',
    '0202ff7f',
    '030100',
    '03020780',
    '0603550403',
    '3000',
    '300602010102 0102',
    '1e020041',
    'a0030201 02',
    '8100',
  ])('takes %s', (text) => {
    expect(() => parseDer(hex(text))).not.toThrow();
  });

  test.each([
    ['nothing', ''],
    ['a tag alone', '05'],
    ['bytes after the value', '050000'],
    ['a value cut off', '020201'],
    ['an indefinite length', '30800000'],
    ['a length in the long form without need', '04810161'],
    ['a length with a leading zero', `04820080${'61'.repeat(128)}`],
    ['a boolean of another value', '010101'],
    ['a boolean of two bytes', '0102ffff'],
    ['an integer of no bytes', '0200'],
    ['an integer with a zero in front', '02020001'],
    ['a negative integer with ones in front', '0202ff80'],
    ['a bit string of no bytes', '0300'],
    ['a bit string with eight unused bits', '03020800'],
    ['a bit string with unused bits set', '03020781'],
    ['unused bits of nothing', '030101'],
    ['a null with content', '050100'],
    ['an OID of no bytes', '0600'],
    ['an OID cut off', '060180'],
    ['an OID with a padded arc', '0604558004 03'],
    ['a BMPString of odd length', '1e0100'],
    ['a string in parts', '2403040161'],
    ['a sequence that is not constructed', '1000'],
    ['a tag in the long form', '1f0100'],
    ['the end of contents', '0000'],
    ['a child longer than its parent', '3003040361'],
    ['an implicit tag that node-forge takes for a BMPString', '9e0100'],
  ])('refuses %s', (_, text) => {
    expect(() => parseDer(hex(text))).toThrow(/^(?:an?|the|there|nested|unused) /);
  });

  test('refuses what is nested too deep', () => {
    let nested = sequence();
    for (let depth = 0; depth < 30; depth += 1) nested = sequence(nested);
    expect(() => parseDer(nested)).not.toThrow();
    for (let depth = 0; depth < 5; depth += 1) nested = sequence(nested);
    expect(() => parseDer(nested)).toThrow('nested too deep');
  });

  const attempt = <T>(action: () => T): T | undefined => {
    try {
      return action();
    } catch {
      return undefined;
    }
  };

  test('whatever it takes is the one encoding of what it read', () => {
    const leaf = fc.tuple(
      fc.constantFrom(0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x1e, 0x82),
      fc.uint8Array({ maxLength: 4 }),
    );
    const tree = fc
      .array(leaf, { maxLength: 4 })
      .map((parts) => sequence(...parts.map(([tag, content]) => der(tag, Buffer.from(content)))));
    fc.assert(
      fc.property(
        fc.oneof(
          tree,
          fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => {
          const read = attempt(() => parseDer(bytes));
          // node-forge shortens context values of tag 2 when it writes, as if they were integers.
          if (read === undefined || bytes.includes(0x82)) return;
          expect(forge.asn1.toDer(read).getBytes()).toBe(bytes.toString('latin1'));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

test.each([
  '2.5.4.3',
  '1.3.6.1.4.1.311.20.2.3',
  '0.9.2342',
  '2.999.1',
  '2.25.329800735698586629295641978511506172918',
])('the OID %s is read', (dotted) => {
  expect(oidOf(parseDer(oid(dotted)))).toBe(dotted);
});

test('the encoded children are the bytes as they are', () => {
  const parts = [hex('020101'), hex('3000'), hex('04026162')];
  expect(encodedChildren(sequence(...parts))).toEqual(parts);
  expect(() => encodedChildren(hex('0400'))).toThrow('a structure was expected');
  expect(() => encodedChildren(hex('300100'))).toThrow('a value is cut off');
});
