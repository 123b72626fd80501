import { describe, expect, test } from 'vitest';
import type { ImmediateSource } from '../../src/node/deviceIdSource.ts';
import { createHeaderSource } from '../../src/node/sources/headerSource.ts';
import { createSharedStateSource } from '../../src/node/sources/sharedStateSource.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { DEVICE_ID, NOW } from '../support/fakeDirectory.ts';
import { testCertificateSource } from '../support/certificateSource.ts';
import { CALLER, testContext } from '../support/testNode.ts';

const now = (): number => NOW;
const ca = createCertificateAuthority({ commonName: 'Device CA', now });
const certificate = encodeURIComponent(ca.issue({ commonName: DEVICE_ID, usage: 'client' }).certificatePem);

interface SourceCase {
  readonly kind: string;
  readonly create: (hop: { from: string[]; peers: string[] | undefined }) => ImmediateSource;
  readonly present: (value: unknown) => ReturnType<typeof testContext>;
  readonly good: unknown;
}

/** Every kind of source keeps the same promises. */
const SOURCES: readonly SourceCase[] = [
  {
    kind: 'header',
    create: (hop) => createHeaderSource({ ...hop, name: 'x-intune', idKind: 'unknown' }),
    present: (value) => testContext({ headers: [['x-intune', value]] }),
    good: `CN=${DEVICE_ID}`,
  },
  {
    kind: 'sharedState',
    create: (hop) => createSharedStateSource({ ...hop, key: 'device', idKind: 'unknown' }),
    present: (value) => testContext({ headers: [], sharedState: { device: value } }),
    good: [DEVICE_ID],
  },
  {
    kind: 'certificate',
    create: (hop) =>
      testCertificateSource({ ...hop, trust: { anchors: [ca.certificatePem], intermediates: [] } }),
    present: (value) => testContext({ headers: [['x-ssl-client-cert', value]] }),
    good: certificate,
  },
];

describe.each(SOURCES)('a $kind source', ({ create, present, good, kind }) => {
  const trusting = { from: [CALLER], peers: undefined };

  test('finds the id', () => {
    expect(create(trusting).find(present(good), NOW)).toEqual({
      found: 'ids',
      ids: [{ id: DEVICE_ID, kind: 'unknown', source: kind }],
    });
  });

  test.each([[undefined], [null], [''], [[]]])('takes %j for nothing', (value) => {
    expect(create(trusting).find(present(value), NOW)).toEqual({ found: 'nothing' });
  });

  test('believes nobody if nobody is named', () => {
    expect(create({ from: [], peers: undefined }).find(present(good), NOW)).toMatchObject({
      reason: 'hopNotTrusted',
    });
  });

  test('believes no other caller', () => {
    expect(create({ from: ['somebody'], peers: undefined }).find(present(good), NOW)).toMatchObject({
      reason: 'hopNotTrusted',
    });
  });

  test.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['fd00::1', true],
    ['fd00::1%eth0', true],
    ['11.0.0.1', false],
    ['::1', false],
    ['10.1.2.3.4', false],
    [undefined, false],
  ])('with ranges, from %s: %s', (peerAddress, believed) => {
    const source = create({ from: [CALLER], peers: ['10.0.0.0/8', 'fd00::/8'] });
    expect(source.find({ ...present(good), peerAddress }, NOW).found).toBe(believed ? 'ids' : 'refused');
  });

  test.each([[7], [{}], [['a', 'b']], ['CN=a,CN=b'], ['x'.repeat(20_000)]])('refuses %j', (value) => {
    expect(create(trusting).find(present(value), NOW).found).toBe('refused');
  });
});

test('state is not read from the prototype', () => {
  const source = createSharedStateSource({
    from: [CALLER],
    peers: undefined,
    key: 'toString',
    idKind: 'unknown',
  });
  expect(source.find(testContext(), NOW)).toEqual({ found: 'nothing' });
});
