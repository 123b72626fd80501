import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TracedDecision } from '../../src/node/decision.ts';
import type { IntuneNode } from '../../src/node/intuneNode.ts';
import type { CertificateSourceOptions } from '../../src/node/sources/certificateSource.ts';
import type { RevocationKeeperOptions } from '../../src/revocation/revocationKeeper.ts';
import type { CertificateTrustOptions } from '../../src/tls/certificateTrust.ts';
import { DAY, mintList, NOW } from '../support/certificateBuilder.ts';
import { patientCertificateSource } from '../support/certificateSource.ts';
import { DEVICE_ID, fakeDirectory, managedDevice } from '../support/fakeDirectory.ts';
import { mintResponse } from '../support/ocspBuilder.ts';
import { testContext, testNode } from '../support/testNode.ts';
import { startRevocationServer, type RevocationServer } from './revocationServer.ts';
import { derOf, deviceOf, issuer, SERIAL, testKeeper, type TestKeeper } from './testKeeper.ts';

let server: RevocationServer;
let keeper: TestKeeper;
beforeEach(async () => {
  server = await startRevocationServer();
});
afterEach(async () => {
  await keeper.close();
  await server.close();
});

interface Setup {
  readonly trust?: Partial<CertificateTrustOptions>;
  readonly keeper?: Partial<RevocationKeeperOptions>;
  readonly source?: Partial<CertificateSourceOptions>;
  readonly deadlineMs?: number;
}

/** A node that reads a device's certificate and asks the keeper about it. */
function nodeWith(setup: Setup): IntuneNode {
  keeper = testKeeper({
    ...(setup.trust?.crlPolicy === undefined ? {} : { crl: { urls: [server.url('/list')], hosts: [] } }),
    ...(setup.trust?.ocspPolicy === undefined ? {} : { ocsp: { url: server.url('/ocsp'), hosts: [] } }),
    ...setup.keeper,
  });
  const source = patientCertificateSource({
    trust: { anchors: [issuer.pem], intermediates: [], ...setup.trust },
    revocation: keeper,
    ...setup.source,
  });
  return testNode(fakeDirectory([managedDevice()]), {
    sources: [source],
    deadlineMs: setup.deadlineMs ?? 5_000,
    now: () => keeper.now(),
  });
}

const device = deviceOf({}, { subject: `CN=${DEVICE_ID}`, notAfter: NOW + 100 * DAY });
const header = ['x-ssl-client-cert', encodeURIComponent(device.pem)] as const;
const decide = (node: IntuneNode): Promise<TracedDecision> => node.decide(testContext({ headers: [header] }));
const reasonOf = async (node: IntuneNode): Promise<string> => (await decide(node)).decision.reason;

const list = (request: Partial<Parameters<typeof mintList>[0]> = {}): Buffer =>
  derOf(mintList({ issuer, ...request }));
const good = mintResponse({ answers: [{ issuer, serial: SERIAL }], signer: issuer });
const revoked = mintResponse({ answers: [{ issuer, serial: SERIAL, status: 'revoked' }], signer: issuer });

describe('a device', () => {
  test.each<[string, CertificateTrustOptions | object, string, Buffer, string]>([
    ['that no list revokes', { crlPolicy: 'require' }, '/list', list(), 'compliant'],
    [
      'that a list revokes',
      { crlPolicy: 'require' },
      '/list',
      list({ revoked: [SERIAL] }),
      'certificateRevoked',
    ],
    ['that a responder calls good', { ocspPolicy: 'require' }, '/ocsp', good, 'compliant'],
    ['that a responder calls revoked', { ocspPolicy: 'require' }, '/ocsp', revoked, 'certificateRevoked'],
    [
      'that a responder calls revoked, where answers are optional',
      { ocspPolicy: 'whenPresent' },
      '/ocsp',
      revoked,
      'certificateRevoked',
    ],
    [
      'that a list revokes, where lists are optional',
      { crlPolicy: 'whenPresent' },
      '/list',
      list({ revoked: [SERIAL] }),
      'certificateRevoked',
    ],
    ['about which there is no list', { crlPolicy: 'require' }, '/other', list(), 'revocationUnknown'],
    [
      'about which there is no list, which is accepted',
      { crlPolicy: 'whenPresent' },
      '/other',
      list(),
      'compliant',
    ],
    ['about which no responder answers', { ocspPolicy: 'require' }, '/other', good, 'revocationUnknown'],
    [
      'about which no responder answers, which is accepted',
      { ocspPolicy: 'whenPresent' },
      '/other',
      good,
      'compliant',
    ],
    [
      'about which only one of both says something',
      { crlPolicy: 'require', ocspPolicy: 'require' },
      '/list',
      list(),
      'compliant',
    ],
    [
      'about which none of both says anything',
      { crlPolicy: 'whenPresent', ocspPolicy: 'require' },
      '/other',
      good,
      'revocationUnknown',
    ],
  ])('%s: %s', async (_, trust, path, answer, reason) => {
    server.answer(path, answer);
    const { decision } = await decide(nodeWith({ trust }));
    expect(decision.reason).toBe(reason);
    expect(decision.outcome).toBe(reason === 'compliant' ? 'Compliant' : 'Error');
  });
});

test('a list in a file is enough; nobody is asked', async () => {
  const node = nodeWith({ trust: { crlPolicy: 'require', crls: [mintList({ issuer })] } });
  expect(await reasonOf(node)).toBe('compliant');
  expect(server.received).toEqual([]);
});

test('many first sights at once share one request', async () => {
  server.answer('/ocsp', (_, response) => setTimeout(() => response.end(good), 20));
  const node = nodeWith({ trust: { ocspPolicy: 'require' } });
  const reasons = await Promise.all(Array.from({ length: 50 }, () => reasonOf(node)));
  expect(new Set(reasons)).toEqual(new Set(['compliant']));
  expect(server.count('/ocsp')).toBe(1);
});

test('a device seen again is answered at once and without asking', async () => {
  server.answer('/ocsp', good);
  keeper = testKeeper({ ocsp: { url: server.url('/ocsp'), hosts: [] } });
  const source = patientCertificateSource({
    trust: { anchors: [issuer.pem], intermediates: [], ocspPolicy: 'require' },
    revocation: keeper,
  });
  const deadline = {
    at: NOW + 5_000,
    signal: new AbortController().signal,
    leftMs: () => 5_000,
    bound: <T>(work: Promise<T>) => work,
    end: () => undefined,
  };
  const context = testContext({ headers: [header] });
  const first = source.find(context, NOW, deadline);
  expect(first).toBeInstanceOf(Promise);
  expect(await first).toMatchObject({ found: 'ids' });
  expect(source.find(context, NOW, deadline)).toMatchObject({ found: 'ids' });
  expect(server.count('/ocsp')).toBe(1);
});

describe('the wait for an answer', () => {
  test.each([
    ['require', 'revocationUnknown'],
    ['whenPresent', 'compliant'],
  ] as const)('takes half of the time of a decision at most (%s)', async (ocspPolicy, reason) => {
    server.answer('/ocsp', () => undefined);
    const node = nodeWith({ trust: { ocspPolicy }, keeper: { timeoutMs: 60_000 }, deadlineMs: 1_200 });
    const startedAt = performance.now();
    expect(await reasonOf(node)).toBe(reason);
    const took = performance.now() - startedAt;
    expect(took).toBeGreaterThan(500);
    expect(took).toBeLessThan(1_150);
  });

  test('is not repeated for ten seconds, and the answer counts as soon as it is there', async () => {
    const node = nodeWith({ trust: { crlPolicy: 'require' } });
    expect(await reasonOf(node)).toBe('revocationUnknown');
    expect(await reasonOf(node)).toBe('revocationUnknown');
    expect(server.count('/list')).toBe(1);
    server.answer('/list', list());
    await keeper.pass(10_000);
    expect(await reasonOf(node)).toBe('compliant');
  });
});

test('nobody is asked about a certificate of a stranger, or one whose proxy says that it is bad', async () => {
  const stranger = nodeWith({ trust: { anchors: [], ocspPolicy: 'require' } });
  expect(await reasonOf(stranger)).toBe('certificateUntrusted');
  await keeper.close();
  const verify = [{ header: 'x-ssl-client-verify', success: 'SUCCESS' }];
  expect(await reasonOf(nodeWith({ trust: { ocspPolicy: 'require' }, source: { verify } }))).toBe(
    'certificateUntrusted',
  );
  await keeper.close();
  expect(await reasonOf(nodeWith({ trust: { ocspPolicy: 'require' }, source: { from: [] } }))).toBe(
    'hopNotTrusted',
  );
  expect(server.received).toEqual([]);
});

describe('what is remembered', () => {
  test('is judged again when a new list comes', async () => {
    server.answer('/list', list({ thisUpdate: NOW, nextUpdate: NOW + 10 * DAY }));
    const node = nodeWith({ trust: { crlPolicy: 'require' } });
    expect(await reasonOf(node)).toBe('compliant');
    server.answer('/list', list({ thisUpdate: NOW + 1_000, nextUpdate: NOW + 20 * DAY, revoked: [SERIAL] }));
    await keeper.pass(DAY);
    expect(await reasonOf(node)).toBe('certificateRevoked');
  });

  test('is judged again when a responder changes its mind', async () => {
    const answer = (thisUpdate: number, status: 'good' | 'revoked'): Buffer =>
      mintResponse({
        answers: [{ issuer, serial: SERIAL, status, thisUpdate, nextUpdate: thisUpdate + 3_600_000 }],
        signer: issuer,
      });
    server.answer('/ocsp', answer(NOW, 'good'));
    const node = nodeWith({ trust: { ocspPolicy: 'require' } });
    expect(await reasonOf(node)).toBe('compliant');
    server.answer('/ocsp', answer(NOW + 1_000_000, 'revoked'));
    await keeper.pass(3_000_000);
    expect(await reasonOf(node)).toBe('certificateRevoked');
  });

  test('is not believed beyond nextUpdate', async () => {
    server.answer('/list', list({ thisUpdate: NOW, nextUpdate: NOW + DAY }));
    const node = nodeWith({ trust: { crlPolicy: 'require' } });
    expect(await reasonOf(node)).toBe('compliant');
    server.answer('/list', (_, response) => response.writeHead(503).end());
    await keeper.pass(DAY - 1);
    expect(await reasonOf(node)).toBe('compliant');
    await keeper.pass(1);
    expect(await reasonOf(node)).toBe('revocationUnknown');
  });

  test('and was accepted for lack of an answer is refused once the answer is "revoked"', async () => {
    const node = nodeWith({ trust: { ocspPolicy: 'whenPresent' } });
    expect(await reasonOf(node)).toBe('compliant');
    server.answer('/ocsp', revoked);
    await keeper.pass(10_001);
    expect(await reasonOf(node)).toBe('certificateRevoked');
  });
});
