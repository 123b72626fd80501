import { createPublicKey, X509Certificate } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../../src/simulator/certificateAuthority.ts';
import { readCertificate } from '../../../src/tls/certificate.ts';
import { ENCODING_NAMES } from '../../../src/tls/encodings/encodings.ts';
import { genericFormat } from '../../../src/tls/forwarded/generic.ts';
import type { Decoded, ForwardedFormat } from '../../../src/tls/forwardedFormat.ts';
import { FORWARDED_FORMATS } from '../../../src/tls/forwardedFormats.ts';
import { percentEncode, reads, toPem, WRITERS } from './forwardedValues.ts';

const now = (): number => Date.parse('2026-11-21T00:00:00Z');
const ca = createCertificateAuthority({ commonName: 'Device CA', keyType: 'rsa', now });
const issue = (keyType: 'rsa' | 'ec' | 'ed25519'): Buffer =>
  new X509Certificate(ca.issue({ commonName: 'device', keyType, usage: 'client' }).certificatePem).raw;
const LEAVES = { rsa: issue('rsa'), ec: issue('ec'), ed25519: issue('ed25519') };
const caDer = new X509Certificate(ca.certificatePem).raw;
const leaf = LEAVES.ec;

const FORMATS: readonly ForwardedFormat[] = [...FORWARDED_FORMATS, ...ENCODING_NAMES.map(genericFormat)];
const named = FORMATS.map((format) => [`${format.name} ${format.encoding}`, format] as const);

const write = (format: ForwardedFormat, ...ders: readonly Buffer[]): string =>
  WRITERS[format.encoding](...ders);

/** Decoding and the first parse together, as every user of a format does. */
function read(format: ForwardedFormat, value: string): Decoded {
  const decoded = format.decode(value);
  if (decoded.is !== 'certificate') return decoded;
  const whole = readCertificate(decoded.der)?.x509.raw.equals(decoded.der) === true;
  return whole ? decoded : { is: 'malformed', detail: 'no certificate' };
}

/** A frame of three elements of the right kind, of any size, that is no certificate. */
function hollow(size: number): Buffer {
  const bits = Buffer.concat([Buffer.from([0x03, 0x82, size >> 8, size & 0xff]), Buffer.alloc(size)]);
  const body = Buffer.concat([Buffer.from([0x30, 0, 0x30, 0]), bits]);
  return Buffer.concat([Buffer.from([0x30, 0x82, body.length >> 8, body.length & 0xff]), body]);
}

describe.each(named)('%s', (_, format) => {
  const good = write(format, leaf);

  test.each(Object.entries(LEAVES))('reads a certificate with a key of type %s', (__, der) => {
    expect(read(format, write(format, der))).toEqual({ is: 'certificate', der, chain: [] });
  });

  test('knows its ways of saying that there is none', () => {
    for (const value of ['', ...format.absent]) expect(format.decode(value)).toEqual({ is: 'absent' });
  });

  test('does not take the ways of others for its own', () => {
    const others = FORMATS.flatMap(({ absent }) => absent).filter((value) => !format.absent.includes(value));
    for (const value of others) expect(format.decode(value)).toMatchObject({ is: 'malformed' });
  });

  test('reads no other encoding', () => {
    for (const encoding of ENCODING_NAMES.filter((name) => !reads(format, name))) {
      expect([encoding, read(format, WRITERS[encoding](leaf)).is]).toEqual([encoding, 'malformed']);
    }
  });

  test('takes a chain only where its product sends one, and of at most four', () => {
    const ec = [leaf, ...Array.from({ length: 5 }, () => issue('ec'))];
    for (const length of [2, 3, 5, 6]) {
      const decoded = read(format, write(format, ...ec.slice(0, length)));
      const allowed = format.chain === 'afterLeaf' && length <= 5;
      expect(decoded).toMatchObject(
        allowed ? { is: 'certificate', der: leaf, chain: ec.slice(1, length) } : { is: 'malformed' },
      );
    }
  });

  const spki = createPublicKey(toPem(leaf)).export({ type: 'spki', format: 'der' });
  const withBody = (change: (der: Buffer) => Buffer): string => write(format, change(leaf));
  const mutations: readonly (readonly [string, string])[] = [
    ...[1, 2, 4, 40, 200, good.length - 40].map(
      (count) => [`cut by ${count}`, good.slice(0, -count)] as const,
    ),
    ...[1, 5, 40].map((count) => [`cut at the front by ${count}`, good.slice(count)] as const),
    ['doubled', good + good],
    ['doubled with a comma', `${good},${good}`],
    ['doubled as Node joins', `${good}, ${good}`],
    ['followed by a comma', `${good},`],
    ['preceded by a comma', `,${good}`],
    ['followed by another in the way of a chain', `${good}, ${write(format, caDer)}`],
    ['after a space', ` ${good}`],
    ['before two spaces', `${good}  `],
    ['before a line feed too many', `${good}\n\n`],
    ['with a space inside', insert(good, ' ')],
    ['with a tab inside', insert(good, '\t')],
    ['with a line feed inside', insert(good, '\n')],
    ['with a zero byte inside', insert(good, '\0')],
    ['with a letter beyond ASCII inside', insert(good, 'é')],
    ['with a dot inside', insert(good, '.')],
    ['in quotes of another kind', `'${good}'`],
    ['in two pairs of quotes', `""${good}""`],
    ['after an opening quote', `"${good}`],
    ['after junk', `junk${good}`],
    ['before junk', `${good}junk`],
    ['encoded twice more', percentEncode(percentEncode(good, /[%+/=]/g), /%/g)],
    ['with bytes after it', withBody((der) => Buffer.concat([der, Buffer.from([0])]))],
    ['with bytes before it', withBody((der) => Buffer.concat([Buffer.from([0]), der]))],
    ['with another behind it', withBody((der) => Buffer.concat([der, caDer]))],
    ['with its length cut', withBody((der) => der.subarray(0, -3))],
    ['with a length in long form', withBody(longLength)],
    [
      'with an indefinite length',
      withBody((der) => Buffer.concat([Buffer.from([0x30, 0x80]), der.subarray(4), Buffer.alloc(2)])),
    ],
    ['as a public key', write(format, spki)],
    ['as a hollow frame', write(format, hollow(300))],
    ['as one byte', write(format, Buffer.alloc(1))],
    ['as zeros', write(format, Buffer.alloc(600))],
    ['too large', write(format, hollow(9_000))],
    ['as garbage', 'garbage'],
    ['as a name', 'CN=device'],
    ['as a long row of one letter', 'A'.repeat(60_000)],
    ['as more than is looked at', good.repeat(60)],
  ];
  // Not every encoding has something to mutate: a change that changes nothing proves nothing, except that it is read.
  const base64Mutations: readonly (readonly [string, (base64: string) => string])[] = [
    ['in the URL-safe alphabet', (base64) => base64.replaceAll('+', '-').replaceAll('/', '_')],
    ['with spaces for plus signs', (base64) => base64.replaceAll('+', ' ')],
    ['without padding', (base64) => base64.replaceAll('=', '')],
    ['with padding too much', (base64) => `${base64}=`],
    ['with bits after the end', (base64) => base64.replace(/.(?==)/, (character) => next(character))],
  ];

  test.each(mutations)('refuses it %s', (__, value) => {
    expect(value).not.toBe(good);
    expect(read(format, value)).toMatchObject({ is: 'malformed' });
  });

  test.each(base64Mutations)('refuses it %s', (__, mutate) => {
    // A certificate whose base64 has all the letters in question.
    const der = findCertificate((base64) => /\+/.test(base64) && /\//.test(base64) && /[^=]=$/.test(base64));
    const base64 = der.toString('base64');
    const wrong = mutate(base64);
    expect(wrong).not.toBe(base64);
    const value = withBase64(format, der, wrong);
    expect(read(format, value)).toMatchObject({ is: 'malformed' });
  });

  test('repeats nothing of what it refuses', () => {
    const decoded = format.decode('sensitive-value');
    expect(decoded).toMatchObject({ is: 'malformed' });
    expect(JSON.stringify(decoded)).not.toContain('sensitive');
  });
});

describe.each(named.filter(([, { encoding }]) => encoding.endsWith('pem') || encoding === 'xfcc'))(
  'PEM in %s',
  (_, format) => {
    const rewrite = (change: (pem: string) => string): string => {
      const pem = change(toPem(leaf));
      switch (format.encoding) {
        case 'spaced-pem':
        case 'any-pem':
          return pem.trimEnd().replaceAll('\n', ' ');
        case 'base64-pem':
          return Buffer.from(pem).toString('base64');
        case 'xfcc':
          return `Cert="${encodeURIComponent(pem)}"`;
        default:
          return encodeURIComponent(pem);
      }
    };

    test.each<[string, (pem: string) => string]>([
      ['unchanged', (pem) => pem],
      ['without the last line break', (pem) => pem.trimEnd()],
      ['without any line break', (pem) => pem.replaceAll('\n', '')],
      ['with the body on one line', (pem) => pem.replaceAll(/(?<=[^-])\n(?=[^-])/g, '')],
    ])('is read %s', (__, change) => {
      expect(read(format, rewrite(change))).toMatchObject({ is: 'certificate', der: leaf });
    });

    test.each<[string, (pem: string) => string]>([
      ['with the label TRUSTED CERTIFICATE', (pem) => pem.replaceAll(' CERT', ' TRUSTED CERT')],
      ['with the label X509 CERTIFICATE', (pem) => pem.replaceAll(' CERT', ' X509 CERT')],
      ['with the label PUBLIC KEY', (pem) => pem.replaceAll('CERTIFICATE', 'PUBLIC KEY')],
      ['with armour in lower case', (pem) => pem.replaceAll('CERTIFICATE', 'certificate')],
      ['with four dashes', (pem) => pem.replaceAll('-----', '----')],
      ['without its end', (pem) => pem.slice(0, pem.indexOf('-----END'))],
      ['without its beginning', (pem) => pem.slice(pem.indexOf('\n') + 1)],
      ['with a header', (pem) => pem.replace('\n', '\nProc-Type: 4\n\n')],
      ['with text before it', (pem) => `subject=CN = x\n${pem}`],
      ['with text after it', (pem) => `${pem}text`],
      ['with an empty line inside', (pem) => pem.replace(/(\n.{64}\n)/, '$1\n')],
      ['with lines of uneven length', (pem) => pem.replace(/\n(.{60})(.{4})\n/, '\n$1\n$2\n')],
      ['with a key before it', (pem) => `${pem.replaceAll('CERTIFICATE', 'PRIVATE KEY')}${pem}`],
      ['twice', (pem) => pem + pem],
      ['empty', () => '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ])('is refused %s', (__, change) => {
      expect(read(format, rewrite(change))).toMatchObject({ is: 'malformed' });
    });
  },
);

describe('any input', () => {
  const RUNS = Math.ceil(20_000 / named.length);

  test.each(named)('is answered by %s, and never with what it does not hold', (_, format) => {
    const own = Object.values(LEAVES).map((der) => write(format, der));
    const goods = [...ENCODING_NAMES.map((name) => WRITERS[name](leaf)), ...own];
    const splice = fc
      .record({
        base: fc.constantFrom(...goods, write(format, leaf, caDer)),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        remove: fc.nat({ max: 40 }),
        add: fc.oneof(
          fc.string({ maxLength: 8 }),
          fc.constantFrom(...Array.from(',;:="% +\n\t\\'), '%0A', '%2B', ...goods),
        ),
      })
      .map(({ base, at, remove, add }) => {
        const position = Math.floor(at * base.length);
        return base.slice(0, position) + add + base.slice(position + remove);
      });
    let certificates = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          { weight: 4, arbitrary: splice },
          fc.constantFrom(...own),
          fc.string(),
          fc.string({ unit: 'binary' }),
        ),
        (value) => {
          const decoded = format.decode(value);
          if (decoded.is !== 'certificate') return;
          certificates += 1;
          const held = normalise(value);
          for (const der of [decoded.der, ...decoded.chain]) {
            if (!held.includes(der.toString('base64'))) throw new Error('a certificate out of thin air');
          }
        },
      ),
      { numRuns: RUNS },
    );
    expect(certificates).toBeGreaterThan(0);
  });

  test.each(named)('is answered by %s in no time, however it is made', (_, format) => {
    const begin = '-----BEGIN CERTIFICATE-----';
    const patterns = [
      '%',
      '%2',
      '%41',
      ',',
      ';',
      '=',
      ':',
      '"',
      '\\',
      '\\"',
      'A',
      'A=',
      'URI=a;',
      'URI="a";',
      'Cert="',
      begin,
      `${begin} `,
      `${begin}\n-----END CERTIFICATE-----\n`,
      `${begin}%0A`,
      'A,',
      ' ',
      '\t',
      '\r\n',
    ];
    for (const pattern of patterns) {
      const value = pattern.repeat(Math.ceil(65_000 / pattern.length));
      expect(format.decode(value).is).toBe('malformed');
      // The best of some tries: a busy machine is no slow decoder.
      const tries = Array.from({ length: 3 }, () => {
        const started = performance.now();
        format.decode(value);
        return performance.now() - started;
      });
      expect(Math.min(...tries)).toBeLessThan(50);
    }
  });
});

function insert(value: string, text: string): string {
  const middle = Math.floor(value.length / 2);
  return value.slice(0, middle) + text + value.slice(middle);
}

/** The next letter of the alphabet of base64: other bits, which padding says do not count. */
function next(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return alphabet[(alphabet.indexOf(character) + 1) % 64] ?? '';
}

function longLength(der: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x30, 0x83, 0]), der.subarray(2)]);
}

function findCertificate(wanted: (base64: string) => boolean): Buffer {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const der = issue('ec');
    if (wanted(der.toString('base64'))) return der;
  }
  throw new Error('no such certificate');
}

/** The value as the format writes it, with other base64 inside. */
function withBase64(format: ForwardedFormat, der: Buffer, base64: string): string {
  const lines = (text: string): string => text.replaceAll(/.{64}(?=.)/g, '$&\n');
  const pem = toPem(der).replace(lines(der.toString('base64')), lines(base64));
  switch (format.encoding) {
    case 'base64-der':
      return base64;
    case 'percent-base64-der':
      return percentEncode(base64, /[+/=]/g);
    case 'rfc9440':
      return `:${base64}:`;
    case 'base64-pem':
      return Buffer.from(pem).toString('base64');
    case 'spaced-pem':
    case 'any-pem':
      return pem.trimEnd().replaceAll('\n', ' ');
    case 'percent-pem':
      return percentEncode(pem, /[\n +/=]/g);
    case 'xfcc':
      return `Cert="${percentEncode(pem, /[\n +/=]/g)}"`;
  }
}

/** Everything base64 in a value, found without any of the decoders. */
function normalise(value: string): string {
  const plain = value
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\s/g, '');
  return plain + Buffer.from(value, 'base64').toString('latin1').replaceAll(/\s/g, '');
}
