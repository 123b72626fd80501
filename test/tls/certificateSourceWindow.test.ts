import { describe, expect, test } from 'vitest';
import { DAY, mint, mintList, NOW } from '../support/certificateBuilder.ts';
import { testCertificateSource } from '../support/certificateSource.ts';
import { testContext } from '../support/testNode.ts';

const DEVICE = '00112233-4455-6677-8899-aabbccddeeff';
const root = mint({ subject: 'CN=Root', ca: true });
const device = mint({ subject: `CN=${DEVICE}`, issuer: root, serial: '0badcafe', notAfter: NOW + 10 * DAY });

function createSource(crls: readonly string[]): (at: number) => string {
  const source = testCertificateSource({ trust: { anchors: [root.pem], intermediates: [], crls } });
  const context = testContext({ headers: [['x-ssl-client-cert', encodeURIComponent(device.pem)]] });
  return (at) => {
    const found = source.find(context, at);
    return found.found === 'refused' ? found.reason : found.found;
  };
}

describe('a remembered certificate', () => {
  test('is not believed longer than its revocation list', () => {
    const find = createSource([mintList({ issuer: root, nextUpdate: NOW + DAY })]);
    expect(find(NOW)).toBe('ids');
    expect(find(NOW + DAY - 1)).toBe('ids');
    expect(find(NOW + DAY)).toBe('revocationUnknown');
    expect(find(NOW)).toBe('ids');
    expect(find(NOW - 2 * DAY)).toBe('certificateNotYetValid');
  });

  test('is asked about again when a list that was published ahead comes into force', () => {
    const now = mintList({ issuer: root, nextUpdate: NOW + 7 * DAY });
    const ahead = mintList({
      issuer: root,
      thisUpdate: NOW + DAY,
      nextUpdate: NOW + 8 * DAY,
      revoked: ['0badcafe'],
    });
    const find = createSource([now, ahead]);
    expect(find(NOW)).toBe('ids');
    expect(find(NOW + DAY)).toBe('certificateRevoked');
  });

  test('that was refused is asked about again', () => {
    const find = createSource([mintList({ issuer: root, thisUpdate: NOW })]);
    expect(find(NOW - 20_000)).toBe('revocationUnknown');
    expect(find(NOW)).toBe('ids');
  });
});

test('a revoked device is refused by name of the reason', () => {
  expect(createSource([mintList({ issuer: root, revoked: ['0badcafe'] })])(NOW)).toBe('certificateRevoked');
});
