import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeOcspRequest } from '../../src/tls/ocspRequest.ts';
import { mint, mintList, NOW, testKey } from '../support/certificateBuilder.ts';
import { octets } from '../support/derBuilder.ts';
import { HOUR, mintResponder, mintResponse, type AnswerRequest } from '../support/ocspBuilder.ts';
import { startRevocationServer, type Answer, type RevocationServer } from './revocationServer.ts';
import { derOf, deviceOf, issuer, linkOf, SERIAL, testKeeper, type TestKeeper } from './testKeeper.ts';

let server: RevocationServer;
let keeper: TestKeeper;
beforeEach(async () => {
  server = await startRevocationServer();
});
afterEach(async () => {
  await keeper.close();
  await server.close();
});

const MINUTE = 60_000;
const respond = (answer: Partial<AnswerRequest> = {}): Buffer =>
  mintResponse({ answers: [{ issuer, serial: SERIAL, ...answer }], signer: issuer });
const link = linkOf(deviceOf({}));

/** A keeper that asks the responder under `/ocsp` about everything. */
function keepOne(more: { readonly nonce?: boolean; readonly maxAgeMs?: number } = {}): TestKeeper {
  keeper = testKeeper({ ocsp: { url: server.url('/ocsp'), hosts: [], ...more } });
  return keeper;
}

describe('a responder that is configured', () => {
  test('is asked once about a certificate, however many ask', async () => {
    server.answer('/ocsp', respond());
    keepOne();
    await keeper.start();
    expect(server.received).toEqual([]);
    await Promise.all(Array.from({ length: 20 }, () => keeper.seekAll(link)));
    await keeper.seekAll(link);
    expect(keeper.verdict(link)).toBe('good');
    expect(server.received).toEqual([
      { method: 'POST', path: '/ocsp', type: 'application/ocsp-request', body: encodeOcspRequest(link) },
    ]);
    expect(keeper.events).toEqual([
      { type: 'fetched', kind: 'ocsp', url: server.url('/ocsp'), serial: SERIAL, durationMs: 0 },
    ]);
  });

  test('turns no answer into another by saying "good"', async () => {
    server.answer('/ocsp', respond());
    keepOne();
    await keeper.seekAll(link);
    expect(keeper.version).toBe(0);
  });

  test('revokes, and what is remembered elsewhere is to be judged again', async () => {
    server.answer('/ocsp', respond({ status: 'revoked' }));
    keepOne();
    await keeper.seekAll(link);
    expect(keeper.verdict(link)).toBe('revoked');
    expect(keeper.version).toBe(1);
  });

  test('answers through a delegate', async () => {
    const signer = mintResponder(issuer);
    server.answer(
      '/ocsp',
      mintResponse({ answers: [{ issuer, serial: SERIAL }], signer, certificates: [signer] }),
    );
    keepOne();
    await keeper.seekAll(link);
    expect(keeper.verdict(link)).toBe('good');
  });

  test('is asked in place of the one a certificate names', async () => {
    server.answer('/ocsp', respond());
    keepOne();
    await keeper.seekAll(linkOf(deviceOf({ ocsp: [server.url('/named')] })));
    expect(server.received.map(({ path }) => path)).toEqual(['/ocsp']);
  });

  test.each<[string, Answer | Buffer, RegExp]>([
    ['answers nothing', (_, response) => response.writeHead(404).end(), /status 404/],
    [
      'redirects',
      (_, response) => response.writeHead(307, { location: '/other' }).end(),
      /redirects \(307\)/,
    ],
    ['never answers', () => undefined, /in time/],
    ['answers garbage', Buffer.from('<html></html>'), /no OCSP response/],
    ['answers too much', Buffer.alloc(70_000, 0x30), /too large/],
    ['is told to be asked later', mintResponse({ answers: [], signer: issuer, status: 3 }), /try later/],
    ['does not know the certificate', respond({ status: 'unknown' }), /does not know/],
    ['answers about another certificate', respond({ serial: '01' }), /about other certificates/],
    [
      'answers with an old response',
      respond({ thisUpdate: NOW - 2 * HOUR, nextUpdate: NOW - HOUR }),
      /not current/,
    ],
    [
      'answers with an old "revoked"',
      respond({ status: 'revoked', thisUpdate: NOW - 2 * HOUR, nextUpdate: NOW - HOUR }),
      /not current/,
    ],
    [
      'is another',
      mintResponse({ answers: [{ issuer, serial: SERIAL }], signer: issuer, key: testKey('rogue') }),
      /signature/,
    ],
  ])('is of no use if it %s', async (_, answer, detail) => {
    server.answer('/ocsp', answer);
    server.answer('/other', respond());
    keepOne();
    await keeper.seekAll(link);
    expect(keeper.verdict(link)).toBe('unknown');
    expect(keeper.events).toMatchObject([
      { type: 'failed', serial: SERIAL, detail: expect.stringMatching(detail) as string },
    ]);
    expect(server.count('/other')).toBe(0);
  });

  test('that was of no use is asked again after ten seconds', async () => {
    server.answer('/ocsp', respond({ status: 'unknown' }));
    keepOne();
    await keeper.seekAll(link);
    await keeper.seekAll(link);
    expect(server.count('/ocsp')).toBe(1);
    server.answer('/ocsp', respond());
    await keeper.pass(10_000);
    await keeper.seekAll(link);
    expect(keeper.verdict(link)).toBe('good');
  });

  test('that is silent keeps one device waiting, not every one', async () => {
    server.answer('/ocsp', (_, response) => response.destroy());
    keepOne();
    await keeper.seekAll(link);
    await keeper.seekAll(linkOf(deviceOf({}, { serial: '01' })), linkOf(deviceOf({}, { serial: '02' })));
    expect(server.count('/ocsp')).toBe(1);
    await keeper.pass(10_000);
    await keeper.seekAll(linkOf(deviceOf({}, { serial: '01' })));
    expect(server.count('/ocsp')).toBe(2);
  });

  test('is asked again at 80 % of the life of its answer, if the answer is used', async () => {
    server.answer('/ocsp', respond({ thisUpdate: NOW, nextUpdate: NOW + 10 * MINUTE }));
    keepOne();
    await keeper.seekAll(link);
    expect(keeper.verdict(link)).toBe('good');
    server.answer(
      '/ocsp',
      respond({ status: 'revoked', thisUpdate: NOW + 8 * MINUTE, nextUpdate: NOW + 18 * MINUTE }),
    );
    await keeper.pass(8 * MINUTE - 1);
    expect(server.count('/ocsp')).toBe(1);
    await keeper.pass(1);
    expect(keeper.verdict(link)).toBe('revoked');
    expect(keeper.version).toBe(1);
    const unseen = server.count('/ocsp');
    expect(unseen).toBe(2);
  });

  test('is not asked about devices that are no longer seen', async () => {
    server.answer('/ocsp', respond({ thisUpdate: NOW, nextUpdate: NOW + 10 * MINUTE }));
    keepOne();
    await keeper.seekAll(link);
    await keeper.pass(8 * MINUTE);
    await keeper.pass(5 * HOUR);
    expect(server.count('/ocsp')).toBeLessThan(5);
  });

  test('does not replace an answer by an older one', async () => {
    server.answer('/ocsp', respond({ status: 'revoked', thisUpdate: NOW, nextUpdate: NOW + 10 * MINUTE }));
    keepOne();
    await keeper.seekAll(link);
    server.answer('/ocsp', respond({ thisUpdate: NOW - MINUTE, nextUpdate: NOW + 10 * HOUR }));
    await keeper.pass(HOUR);
    await keeper.seekAll(link);
    expect(keeper.verdict(link)).toBe('revoked');
    expect(keeper.events.at(-1)).toMatchObject({ detail: 'the response is older than the one at hand' });
  });

  test('without nextUpdate is believed for the configured time', async () => {
    server.answer('/ocsp', respond({ thisUpdate: NOW, nextUpdate: 'none' }));
    keepOne({ maxAgeMs: MINUTE });
    await keeper.seekAll(link);
    server.answer('/ocsp', respond({ thisUpdate: NOW + 50_000, nextUpdate: 'none' }));
    await keeper.pass(MINUTE + 1);
    expect(server.count('/ocsp')).toBe(2);
  });
});

describe('with a nonce', () => {
  const nonceIn = (body: Buffer): Buffer => body.subarray(-32);
  const withNonce = (nonce: Buffer): Buffer =>
    mintResponse({
      answers: [{ issuer, serial: SERIAL }],
      signer: issuer,
      extensions: [{ oid: '1.3.6.1.5.5.7.48.1.2', value: octets(nonce) }],
    });

  test('a response made for the request is taken', async () => {
    server.answer('/ocsp', ({ body }, response) => response.end(withNonce(nonceIn(body))));
    keepOne({ nonce: true });
    await keeper.seekAll(link);
    expect(keeper.verdict(link)).toBe('good');
    expect(server.received[0]?.body).toEqual(
      encodeOcspRequest(link, { nonce: nonceIn(server.received[0]?.body ?? Buffer.alloc(0)) }),
    );
  });

  test.each<[string, () => Buffer]>([
    ['none', () => respond()],
    ['another', () => withNonce(Buffer.alloc(32, 1))],
    ['a shorter one', () => withNonce(Buffer.alloc(0))],
  ])('a response with %s is not', async (_, answer) => {
    server.answer('/ocsp', answer());
    keepOne({ nonce: true });
    await keeper.seekAll(link);
    expect(keeper.verdict(link)).toBe('unknown');
    expect(keeper.events).toMatchObject([{ detail: expect.stringMatching(/nonce/) as string }]);
  });
});

describe('a responder that a certificate names', () => {
  test('is asked if its host is allowed, and the next if it is of no use', async () => {
    server.answer('/second', respond());
    keeper = testKeeper({ ocsp: { hosts: [server.host] } });
    const ocsp = [server.url('/first'), 'http://elsewhere.example/', server.url('/second')];
    const named = linkOf(deviceOf({ ocsp }));
    await keeper.seekAll(named);
    expect(keeper.verdict(named)).toBe('good');
    expect(server.received.map(({ path }) => path)).toEqual(['/first', '/second']);
  });

  test('is not asked if its host is not allowed', async () => {
    server.answer('/ocsp', respond());
    keeper = testKeeper({ ocsp: { hosts: ['ocsp.example'] } });
    const named = linkOf(deviceOf({ ocsp: [server.url('/ocsp')] }));
    await keeper.seekAll(named, link);
    expect(server.received).toEqual([]);
    expect(keeper.events).toEqual([]);
  });
});

describe('beside lists', () => {
  const both = (): TestKeeper => {
    keeper = testKeeper({
      crl: { urls: [server.url('/list')], hosts: [] },
      ocsp: { url: server.url('/ocsp'), hosts: [] },
    });
    return keeper;
  };

  test('the list is not asked for where the responder answers', async () => {
    server.answer('/ocsp', respond());
    await both().seekAll(link);
    expect(server.received.map(({ path }) => path)).toEqual(['/ocsp']);
  });

  test('the list is asked for where the responder does not answer', async () => {
    server.answer('/list', derOf(mintList({ issuer })));
    await both().seekAll(link);
    expect(server.received.map(({ path }) => path)).toEqual(['/ocsp', '/list']);
    expect(keeper.verdict(link)).toBe('good');
  });

  test('"revoked" wins, whoever says it', async () => {
    server.answer('/ocsp', respond());
    server.answer('/list', derOf(mintList({ issuer, revoked: [SERIAL] })));
    both();
    await keeper.start();
    await keeper.seekAll(link);
    expect(keeper.verdict(link)).toBe('revoked');
  });
});

test('two CAs that use one serial number are told apart', async () => {
  const other = mint({ subject: 'CN=Other', ca: true });
  server.answer('/ocsp', respond({ status: 'revoked' }));
  keepOne();
  await keeper.seekAll(link);
  const twin = linkOf(deviceOf({}, { issuer: other }), other);
  await keeper.seekAll(twin);
  expect(keeper.verdict(link)).toBe('revoked');
  expect(keeper.verdict(twin)).toBe('unknown');
  expect(server.count('/ocsp')).toBe(2);
});
