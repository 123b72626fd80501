import { describe, expect, test } from 'vitest';
import { commonNames, parseDistinguishedName } from '../../src/tls/distinguishedName.ts';

describe('parseDistinguishedName', () => {
  test.each<[string, [string, string][]]>([
    ['CN=x', [['cn', 'x']]],
    ['cn=x', [['cn', 'x']]],
    [
      'CN=x,O=y,C=DE',
      [
        ['cn', 'x'],
        ['o', 'y'],
        ['c', 'DE'],
      ],
    ],
    [
      'CN = x, O = y',
      [
        ['cn', 'x'],
        ['o', 'y'],
      ],
    ],
    [
      'CN=x;O=y',
      [
        ['cn', 'x'],
        ['o', 'y'],
      ],
    ],
    [
      'CN=x+UID=7,O=y',
      [
        ['cn', 'x'],
        ['uid', '7'],
        ['o', 'y'],
      ],
    ],
    [
      'O="Sue, Grabbit; and + Runn",CN=x',
      [
        ['o', 'Sue, Grabbit; and + Runn'],
        ['cn', 'x'],
      ],
    ],
    [
      'O=Sue\\, Grabbit,CN=x',
      [
        ['o', 'Sue, Grabbit'],
        ['cn', 'x'],
      ],
    ],
    [
      'O=a\\2cb,CN=x',
      [
        ['o', 'a,b'],
        ['cn', 'x'],
      ],
    ],
    [
      'O=M\\C3\\BCller,CN=x',
      [
        ['o', 'Müller'],
        ['cn', 'x'],
      ],
    ],
    [
      'O=Müller,CN=x',
      [
        ['o', 'Müller'],
        ['cn', 'x'],
      ],
    ],
    [
      'O=a\\ ,CN=x',
      [
        ['o', 'a '],
        ['cn', 'x'],
      ],
    ],
    ['2.5.4.3=x', [['cn', 'x']]],
    [
      'OID.2.5.4.3=x,commonName=y',
      [
        ['cn', 'x'],
        ['cn', 'y'],
      ],
    ],
    ['1.2.840.113549.1.9.1=a@b', [['1.2.840.113549.1.9.1', 'a@b']]],
    ['/CN=x', [['cn', 'x']]],
    [
      '/C=DE/O=A/B Ltd/CN=x',
      [
        ['c', 'DE'],
        ['o', 'A/B Ltd'],
        ['cn', 'x'],
      ],
    ],
    [
      '/O=y/CN=x/emailAddress=a@b',
      [
        ['o', 'y'],
        ['cn', 'x'],
        ['emailaddress', 'a@b'],
      ],
    ],
    ['CN=', [['cn', '']]],
  ])('%s', (text, expected) => {
    expect(parseDistinguishedName(text)).toEqual(expected.map(([type, value]) => ({ type, value })));
  });

  test.each([
    '',
    'x',
    '=x',
    'CN',
    'CN=x,',
    'CN=x,,O=y',
    'CN=x,y',
    'CN="x',
    'CN="x"y',
    'CN=x"y"',
    'CN=x\\',
    'CN=x\\zz',
    'CN=#0403616263',
    'CN=\\FF\\FE',
    'CN=x\nO=y',
    'CN=x\u0000',
    '1=x',
    '2.5.4.003=x,CN=y',
    'OID.2.5.4.03=x',
    '/O=x/oid.2.5.4.03=y/CN=z',
    '\nCN=x',
    '\u00a0CN=x',
    'C N=x',
    '/x',
    '//CN=x',
    `CN=${'x'.repeat(3_000)}`,
    Array.from({ length: 40 }, () => 'O=y').join(','),
  ])('refuses %j', (text) => {
    expect(parseDistinguishedName(text)).toBeUndefined();
  });

  test('finds every CN, whatever it is called', () => {
    const name = parseDistinguishedName('CN=a,2.5.4.3=b,commonname=c+oid.2.5.4.3=d');
    expect(commonNames(name ?? [])).toEqual(['a', 'b', 'c', 'd']);
  });
});
