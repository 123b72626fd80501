import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RevocationKeeperOptions } from '../../src/revocation/revocationKeeper.ts';
import { DAY, mint, mintList, name, NOW, testKey } from '../support/certificateBuilder.ts';
import { integer } from '../support/derBuilder.ts';
import { HOUR } from '../support/ocspBuilder.ts';
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

const list = (request: Partial<Parameters<typeof mintList>[0]> = {}): Buffer =>
  derOf(mintList({ issuer, ...request }));
const link = linkOf(deviceOf({}));

/** A keeper of the one list under `/list`. */
function keepOne(options: Partial<RevocationKeeperOptions> = {}): TestKeeper {
  keeper = testKeeper({ crl: { urls: [server.url('/list')], hosts: [] }, ...options });
  return keeper;
}

describe('a list that is configured', () => {
  test('is fetched once, however many ask', async () => {
    server.answer('/list', list());
    keepOne();
    await Promise.all(Array.from({ length: 20 }, () => keeper.seekAll(link)));
    await keeper.start();
    expect(keeper.verdict(link)).toBe('good');
    expect(server.count('/list')).toBe(1);
    expect(keeper.version).toBe(1);
    expect(keeper.events).toEqual([
      { type: 'fetched', kind: 'crl', url: server.url('/list'), durationMs: 0 },
    ]);
  });

  test('revokes', async () => {
    server.answer('/list', list({ revoked: [SERIAL] }));
    keepOne();
    await keeper.start();
    expect(keeper.verdict(link)).toBe('revoked');
  });

  test('may be PEM', async () => {
    server.answer('/list', Buffer.from(mintList({ issuer })));
    keepOne();
    await keeper.start();
    expect(keeper.verdict(link)).toBe('good');
  });

  test.each<[string, Answer | Buffer, RegExp]>([
    ['is not there', (_, response) => response.writeHead(404).end(), /status 404/],
    ['is behind an error', (_, response) => response.writeHead(500).end(), /status 500/],
    [
      'is somewhere else',
      (_, response) => response.writeHead(302, { location: '/other' }).end(),
      /redirects \(302\)/,
    ],
    [
      'is announced as too large',
      (_, response) => response.writeHead(200, { 'content-length': 9_999 }).end('x'),
      /too large/,
    ],
    [
      'is too large',
      (_, response) => {
        response.writeHead(200);
        for (let part = 0; part < 20; part += 1) response.write(Buffer.alloc(1_000, 0x30));
        response.end();
      },
      /too large/,
    ],
    ['never comes', () => undefined, /in time/],
    [
      'comes slowly',
      (_, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write('0'), 50);
        response.on('close', () => clearInterval(timer));
      },
      /in time/,
    ],
    [
      'is cut off',
      (_, response) => response.writeHead(200, { 'content-length': 500 }).end(list().subarray(0, 100)),
      /failed|is too|in time|status/,
    ],
    ['is closed in the face', (_, response) => response.destroy(), /failed \([A-Z_]+\)/],
    ['is garbage', Buffer.from('<html>proxy login</html>'), /no revocation list/],
    ['is empty', Buffer.alloc(0), /no revocation list/],
    ['is packed', gzipSync(list()), /no revocation list/],
    ['has a changed signature', changedAtEnd(list()), /signed by no configured CA/],
    ['is in another name', list({ issuerName: name(['CN=Other']) }), /signed by no configured CA/],
    ['is that of another key', list({ key: testKey('rogue') }), /signed by no configured CA/],
    [
      'is that of another CA',
      derOf(mintList({ issuer: mint({ subject: 'CN=Other', ca: true }) })),
      /signed by no/,
    ],
    ['is out of date', list({ thisUpdate: NOW - 2 * DAY, nextUpdate: NOW - DAY }), /out of date/],
    ['has no end', list({ nextUpdate: 'none' }), /out of date/],
    ['is of tomorrow', list({ thisUpdate: NOW + DAY, nextUpdate: NOW + 2 * DAY }), /not valid yet/],
    ['has no number', list({ extensions: [] }), /cannot be used: it has no number/],
  ])('is of no use if it %s', async (_, answer, detail) => {
    server.answer('/list', answer);
    server.answer('/other', list());
    keepOne({ crl: { urls: [server.url('/list')], hosts: [], maxBytes: 4_000 } });
    await keeper.start();
    expect(keeper.verdict(link)).toBe('unknown');
    expect(keeper.version).toBe(0);
    expect(keeper.events).toMatchObject([
      { type: 'failed', detail: expect.stringMatching(detail) as string },
    ]);
    expect(server.count('/other')).toBe(0);
  });

  test('that cannot be had is not asked for again for ten seconds, and then by itself', async () => {
    keepOne();
    await keeper.start();
    await keeper.seekAll(link);
    await keeper.seekAll(link);
    expect(server.count('/list')).toBe(1);
    server.answer('/list', list());
    await keeper.pass(10_000);
    expect(server.count('/list')).toBe(2);
    expect(keeper.verdict(link)).toBe('good');
  });

  test('that cannot be had is asked for ever more seldom, but at once when somebody asks', async () => {
    keepOne();
    await keeper.start();
    await keeper.pass(HOUR);
    const tries = server.count('/list');
    expect(tries).toBeGreaterThan(12);
    expect(tries).toBeLessThan(20);
    server.answer('/list', list());
    await keeper.pass(10_001);
    await keeper.seekAll(link);
    expect(keeper.verdict(link)).toBe('good');
  });

  test('is fetched again at 80 % of its life, while the old one is in use', async () => {
    server.answer('/list', list({ thisUpdate: NOW, nextUpdate: NOW + 10 * HOUR }));
    keepOne();
    await keeper.start();
    await keeper.pass(8 * HOUR - 1);
    expect(server.count('/list')).toBe(1);
    server.answer(
      '/list',
      list({ thisUpdate: NOW + 7 * HOUR, nextUpdate: NOW + 17 * HOUR, revoked: [SERIAL] }),
    );
    expect(keeper.verdict(link)).toBe('good');
    await keeper.pass(1);
    expect(server.count('/list')).toBe(2);
    expect(keeper.verdict(link)).toBe('revoked');
    expect(keeper.version).toBe(2);
    expect(keeper.events.map(({ type }) => type)).toEqual(['fetched', 'refreshed']);
  });

  test('that does not change changes nothing', async () => {
    server.answer('/list', list({ thisUpdate: NOW, nextUpdate: NOW + 10 * HOUR }));
    keepOne();
    await keeper.start();
    await keeper.pass(9 * HOUR);
    expect(server.count('/list')).toBeGreaterThan(1);
    expect(keeper.version).toBe(1);
  });

  test('stays in use when the server fails, until it is out of date, and recovers by itself', async () => {
    server.answer('/list', list({ thisUpdate: NOW, nextUpdate: NOW + 10 * HOUR }));
    keepOne();
    await keeper.start();
    server.answer('/list', (_, response) => response.writeHead(503).end());
    await keeper.pass(10 * HOUR - 1);
    expect(keeper.verdict(link)).toBe('good');
    await keeper.pass(1);
    expect(keeper.verdict(link)).toBe('unknown');
    server.answer('/list', list({ thisUpdate: NOW + 9 * HOUR, nextUpdate: NOW + 20 * HOUR }));
    await keeper.pass(400_000);
    expect(keeper.verdict(link)).toBe('good');
  });

  test.each<[string, () => Buffer]>([
    ['an older list', () => list({ thisUpdate: NOW - 2 * HOUR, nextUpdate: NOW + 20 * HOUR })],
    [
      'a forged list',
      () => list({ thisUpdate: NOW + HOUR, nextUpdate: NOW + 20 * HOUR, key: testKey('rogue') }),
    ],
    ['garbage', () => Buffer.from('garbage')],
  ])('is not replaced by %s', async (_, other) => {
    server.answer('/list', list({ thisUpdate: NOW, nextUpdate: NOW + 10 * HOUR, revoked: [SERIAL] }));
    keepOne();
    await keeper.start();
    server.answer('/list', other());
    await keeper.pass(9 * HOUR);
    expect(server.count('/list')).toBeGreaterThan(1);
    expect(keeper.verdict(link)).toBe('revoked');
    expect(keeper.version).toBe(1);
  });

  test('may be a delta: it revokes and vouches for nobody', async () => {
    const delta = [
      { oid: '2.5.29.20', value: integer(2) },
      { oid: '2.5.29.27', critical: true, value: integer(1) },
    ];
    server.answer('/list', list({ extensions: delta, revoked: [SERIAL] }));
    keepOne();
    await keeper.start();
    expect(keeper.verdict(link)).toBe('revoked');
    expect(keeper.verdict(linkOf(deviceOf({}, { serial: '01' })))).toBe('unknown');
  });
});

describe('a list that a certificate names', () => {
  const keepHosts = (hosts: readonly string[]): TestKeeper => {
    keeper = testKeeper({ crl: { urls: [], hosts } });
    return keeper;
  };

  test('is fetched from an allowed host, when it is needed', async () => {
    server.answer('/list', list());
    keepHosts([server.host.toUpperCase()]);
    const named = linkOf(deviceOf({ crl: [server.url('/list')] }));
    await keeper.start();
    expect(server.received).toEqual([]);
    await Promise.all([keeper.seekAll(named), keeper.seekAll(named)]);
    expect(keeper.verdict(named)).toBe('good');
    expect(server.count('/list')).toBe(1);
  });

  test('also serves the other devices of its issuer', async () => {
    server.answer('/list', list({ revoked: ['01'] }));
    keepHosts([server.host]);
    await keeper.seekAll(linkOf(deviceOf({ crl: [server.url('/list')] })));
    expect(keeper.verdict(linkOf(deviceOf({ crl: [server.url('/list')] }, { serial: '01' })))).toBe(
      'revoked',
    );
  });

  test.each<[string, (port: string) => { readonly hosts: readonly string[]; readonly url: string }]>([
    ['another host', (port) => ({ hosts: ['crl.example'], url: `http://localhost:${port}/list` })],
    ['another port', (port) => ({ hosts: ['localhost:1'], url: `http://localhost:${port}/list` })],
    [
      'a port where none is listed',
      (port) => ({ hosts: ['localhost'], url: `http://localhost:${port}/list` }),
    ],
    [
      'the address behind an allowed name',
      (port) => ({ hosts: [`localhost:${port}`], url: `http://127.0.0.1:${port}/list` }),
    ],
    [
      'a host with the allowed one at its end',
      (port) => ({ hosts: [`host:${port}`], url: `http://localhost:${port}/list` }),
    ],
    ['a user name', (port) => ({ hosts: [`localhost:${port}`], url: `http://user@localhost:${port}/list` })],
    ['another scheme', (port) => ({ hosts: [`localhost:${port}`], url: `ftp://localhost:${port}/list` })],
    ['LDAP', (port) => ({ hosts: [`localhost:${port}`], url: `ldap://localhost:${port}/CN=list` })],
    ['spaces', (port) => ({ hosts: [`localhost:${port}`], url: `http://localhost:${port}/li st` })],
    ['no host at all', (port) => ({ hosts: [], url: `http://localhost:${port}/list` })],
  ])('is not fetched from %s', async (_, how) => {
    server.answer('/list', list());
    const { hosts, url } = how(server.host.split(':')[1] ?? '');
    keepHosts(hosts);
    const named = linkOf(deviceOf({ crl: [url] }));
    await keeper.seekAll(named);
    expect(server.received).toEqual([]);
    expect(keeper.verdict(named)).toBe('unknown');
  });

  test('is looked for in the next place if the first has none', async () => {
    server.answer('/second', list());
    keepHosts([server.host]);
    const crl = ['ldap:///CN=x', server.url('/first'), server.url('/second'), server.url('/third')];
    const named = linkOf(deviceOf({ crl }));
    await keeper.seekAll(named);
    expect(keeper.verdict(named)).toBe('good');
    expect(server.received.map(({ path }) => path)).toEqual(['/first', '/second']);
  });

  test('is not looked for in more than four places', async () => {
    keepHosts([server.host]);
    const crl = Array.from({ length: 10 }, (_, index) => server.url(`/${index}`));
    await keeper.seekAll(linkOf(deviceOf({ crl })));
    expect(server.received).toHaveLength(4);
  });

  test('is not kept fresh for nobody, but fetched again for somebody', async () => {
    server.answer('/list', list({ thisUpdate: NOW, nextUpdate: NOW + 10 * HOUR }));
    keepHosts([server.host]);
    const named = linkOf(deviceOf({ crl: [server.url('/list')] }));
    await keeper.seekAll(named);
    keeper.verdict(named);
    await keeper.pass(9 * HOUR);
    expect(server.count('/list')).toBe(2);
    server.answer('/list', list({ thisUpdate: NOW + 9 * HOUR, nextUpdate: NOW + 100 * HOUR }));
    await keeper.pass(9 * DAY);
    const before = server.count('/list');
    await keeper.pass(9 * DAY);
    expect(server.count('/list')).toBe(before);
  });
});

test('who waits does so no longer than they said, and the fetch goes on', async () => {
  const held: (() => void)[] = [];
  server.answer('/list', (_, response) => held.push(() => response.end(list())));
  keepOne({ timeoutMs: 2_000 });
  const startedAt = performance.now();
  await keeper.seek([link], { signal: new AbortController().signal, waitMs: 50 });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(keeper.verdict(link)).toBe('unknown');
  const caller = new AbortController();
  const impatient = keeper.seek([link], { signal: caller.signal, waitMs: 60_000 });
  caller.abort();
  await impatient;
  const patient = keeper.seekAll(link);
  for (const release of held) release();
  await patient;
  expect(keeper.verdict(link)).toBe('good');
  expect(server.count('/list')).toBe(1);
});

test('close ends what is under way, and nothing begins after it', async () => {
  server.answer('/list', () => undefined);
  keepOne({ timeoutMs: 60_000 });
  const pending = keeper.seek([link], { signal: new AbortController().signal, waitMs: 60_000 });
  while (server.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await keeper.close();
  await pending;
  await keeper.close();
  await keeper.start();
  await keeper.seekAll(link);
  await keeper.pass(DAY);
  expect(server.count('/list')).toBe(1);
});

test('no more fetches run at once than are allowed', async () => {
  let running = 0;
  let most = 0;
  const urls = Array.from({ length: 12 }, (_, index) => server.url(`/${index}`));
  for (const url of urls) {
    server.answer(new URL(url).pathname, (_, response) => {
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
        response.end(list());
      }, 5);
    });
  }
  keeper = testKeeper({ crl: { urls, hosts: [] }, concurrency: 3, timeoutMs: 5_000 });
  await keeper.start();
  expect(server.received).toHaveLength(12);
  expect(most).toBe(3);
});

test('an observer that throws changes nothing', async () => {
  server.answer('/list', list());
  keepOne({
    onEvent: () => {
      throw new Error('observer');
    },
  });
  await keeper.start();
  expect(keeper.verdict(link)).toBe('good');
});

test('an address that is none is a mistake', () => {
  expect(() => testKeeper({ crl: { urls: ['ftp://crl.example/'], hosts: [] } })).toThrow(/no http URL/);
  expect(() => testKeeper({ ocsp: { url: 'http://u:p@ocsp.example/', hosts: [] } })).toThrow(/no http URL/);
});

function changedAtEnd(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return changed;
}
