import { describe, expect, test } from 'vitest';
import { parseDer } from '../../src/tls/der.ts';
import { readDirectoryName } from '../../src/tls/directoryName.ts';
import { der, oid, printable, sequence, set, utf8 } from '../support/derBuilder.ts';

const ORGANISATION = '2.5.4.10';
const read = (value: Buffer): ReturnType<typeof readDirectoryName> =>
  readDirectoryName(parseDer(sequence(set(sequence(oid(ORGANISATION), value)))));

describe('a directory name', () => {
  test.each([
    ['another kind of string', printable('Evil')],
    ['another letter case', utf8('EVIL')],
    ['runs of spaces around', utf8('  Evil ')],
    ['a character that is not seen', utf8('Ev\u00adil')],
    ['UniversalString', der(0x1c, Buffer.from('\0\0\0E\0\0\0v\0\0\0i\0\0\0l', 'latin1'))],
    ['BMPString', der(0x1e, Buffer.from('Evil', 'utf16le').swap16())],
  ])('is the same with %s', (_, value) => {
    expect(read(value).key).toBe(read(utf8('Evil')).key);
  });

  test.each([
    ['a UniversalString cut off', der(0x1c, '\0\0\0E\0\0')],
    ['a UniversalString with half a pair', der(0x1c, '\0\0\u00d8\0')],
    ['a UniversalString beyond the last character', der(0x1c, '\0\u0011\0\0')],
    ['bits', der(0x03, '\0Evil')],
    ['octets', der(0x04, 'Evil')],
    ['an integer', der(0x02, '\u0001')],
    ['bytes that are no UTF-8', der(0x0c, Buffer.of(0xff))],
    ['a value of absurd length', utf8('x'.repeat(5_000))],
  ])('cannot be read with %s', (_, value) => {
    expect(() => read(value)).toThrow(/name|type|text|der/i);
  });
});

test('bits tell apart who shares a name', () => {
  const identified = (bits: string): string =>
    readDirectoryName(parseDer(sequence(set(sequence(oid('2.5.4.45'), der(0x03, bits)))))).key;
  expect(identified('\0a')).not.toBe(identified('\0b'));
});

test('an OID of absurd length is refused before it is added up', () => {
  const long = der(0x06, Buffer.concat([Buffer.of(0x2a), Buffer.alloc(60_000, 0xff), Buffer.of(1)]));
  const started = performance.now();
  expect(() => readDirectoryName(parseDer(sequence(set(sequence(long, utf8('x'))))))).toThrow('OID');
  expect(performance.now() - started).toBeLessThan(200);
});
