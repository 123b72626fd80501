import { X509Certificate } from 'node:crypto';
import { deepEqual, equal, ok } from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { commonNames } from '../../src/tls/distinguishedName.ts';
import { readCertificate } from '../../src/tls/certificate.ts';
import { nginx } from '../../src/tls/forwarded/nginx.ts';
import { DEVICE_ID, NOW, OTHER_ID } from '../support/fakeDirectory.ts';
import { testCertificateSource } from '../support/certificateSource.ts';
import { testContext } from '../support/testNode.ts';
import { countedAssert } from './countedAssert.ts';

const ca = createCertificateAuthority({ commonName: 'Device CA', now: () => NOW });
const issued = (['rsa', 'ec', 'ed25519'] as const).map((keyType) =>
  ca.issue({
    commonName: DEVICE_ID,
    organisation: 'Contoso',
    keyType,
    uris: [`IntuneDeviceId://${DEVICE_ID}`],
    usage: 'client',
  }),
);
const ders = issued.map(({ certificatePem }) => new X509Certificate(certificatePem).raw);
const source = testCertificateSource({ trust: { anchors: [ca.certificatePem], intermediates: [] } });

function decodeNginx(value: string): Buffer | undefined {
  const decoded = nginx.decode(value);
  return decoded.is === 'certificate' ? decoded.der : undefined;
}

interface Change {
  readonly at: number;
  readonly how: 'set' | 'flip' | 'insert' | 'remove' | 'cut';
  readonly byte: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('set', 'flip', 'insert', 'remove', 'cut'),
  byte: fc.nat({ max: 255 }),
});
const mutated = fc
  .tuple(fc.constantFrom(...ders), fc.array(change, { minLength: 1, maxLength: 3 }))
  .map(([der, changes]) => changes.reduce(apply, der));

function apply(der: Buffer, { at, how, byte }: Change): Buffer {
  const position = der.length === 0 ? 0 : at % der.length;
  const [before, after] = [der.subarray(0, position), der.subarray(position + 1)];
  switch (how) {
    case 'set':
      return Buffer.concat([before, Buffer.of(byte), after]);
    case 'flip':
      return Buffer.concat([before, Buffer.of((der[position] ?? 0) ^ (1 << (byte % 8))), after]);
    case 'insert':
      return Buffer.concat([before, Buffer.of(byte), der.subarray(position)]);
    case 'remove':
      return Buffer.concat([before, after]);
    case 'cut':
      return before;
  }
}

/** The CNs of a subject as Node prints them, one `CN=…` a line. */
function nodesCommonNames(x509: X509Certificate): readonly string[] {
  return x509.subject
    .split('\n')
    .filter((line) => line.startsWith('CN='))
    .map((line) => line.slice(3));
}

describe('certificates that were tampered with', () => {
  test('8,000 mutated certificates: never throws, and never another CN than Node sees', () => {
    let readable = 0;
    const runs = countedAssert(8_000, mutated, (der) => {
      const read = readCertificate(der);
      if (read === undefined) return;
      readable += 1;
      ok(read.x509.raw.equals(der));
      const names = commonNames(read.subject);
      const seen = nodesCommonNames(new X509Certificate(der));
      // Node escapes what is not printable; of plain text there is one reading.
      if (names.every(isPlain)) deepEqual(names, seen);
      else ok(!seen.includes(DEVICE_ID));
    });
    expect(runs).toBe(8_000);
    expect(readable).toBeGreaterThan(100);
  });

  test('6,000 mutated header values: never throws, and decodes to bytes that encode back to them, or to nothing', () => {
    const value = fc
      .tuple(fc.constantFrom(...issued), fc.array(change, { maxLength: 2 }))
      .map(([{ certificatePem }, changes]) =>
        changes.reduce(apply, Buffer.from(encodeURIComponent(certificatePem))).toString('latin1'),
      );
    const runs = countedAssert(6_000, value, (text) => {
      const der = decodeNginx(text);
      if (der === undefined) return;
      const body = text
        .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        .replace(/-----[A-Z ]+-----|\s/g, '');
      equal(der.toString('base64'), body);
    });
    expect(runs).toBe(6_000);
  });

  test('4,000 mutated certificates in a trusted header: only the untouched one names a device', () => {
    const runs = countedAssert(4_000, mutated, (der) => {
      const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
      const finding = source.find(
        testContext({ headers: [['x-ssl-client-cert', encodeURIComponent(pem)]] }),
        NOW,
      );
      const untouched = ders.some((original) => original.equals(der));
      equal(finding.found, untouched ? 'ids' : 'refused');
      ok(!JSON.stringify(finding).includes(OTHER_ID));
    });
    expect(runs).toBe(4_000);
  });

  test('3,000 arbitrary texts and byte strings: never throws, and is no certificate', () => {
    const runs = countedAssert(
      3_000,
      fc.tuple(fc.string({ unit: 'binary', maxLength: 100 }), fc.uint8Array({ maxLength: 200 })),
      ([text, bytes]) => {
        equal(decodeNginx(text), undefined);
        equal(readCertificate(Buffer.from(bytes)), undefined);
      },
    );
    expect(runs).toBe(3_000);
  });
});

function isPlain(text: string): boolean {
  return /^[A-Za-z0-9 -]*$/.test(text);
}
