import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foldHeaderName } from '../../src/headerName.ts';
import type { Minted } from '../support/certificateBuilder.ts';
import { compliantDevice, DEVICE_CERTIFICATES, noncompliantDevice } from './deviceCertificates.ts';
import type { Header } from './forwardedHeaders.ts';
import { GATE_SECRET, keyPem, openFrontDoor, type FrontDoor } from './frontDoor.ts';
import { WELCOME, type AppRequest } from './guardedApp.ts';
import { http2Get } from './http2Client.ts';
import { inParallel } from './inParallel.ts';
import { createReport, reportTables, type Fate, type ProxyReport } from './proxyReport.ts';
import { findProgram, PROXY_SERVERS, versionOf, type ProxyServer } from './proxyServers.ts';
import { exchange, type Exchange } from './rawClient.ts';
import { FORGED, IDENTITY_HEADERS } from './attempt.ts';
import { certificateAttempts } from './certificateAttempts.ts';
import { http2Attempts } from './http2Attempts.ts';
import { identityAttempts } from './identityAttempts.ts';

const AT_ONCE = 8;
const SECRET: Header = ['X-Gate-Secret', GATE_SECRET];
const PLAIN = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
const PAGE = fileURLToPath(new URL('../../docs/proxies.md', import.meta.url));

/** What a proxy cannot keep from the application, by label of the attempt; docs/proxies.md says so. */
const KNOWN_TO_ARRIVE: Partial<Record<ProxyServer['name'], readonly string[]>> = {
  apache: ['other spellings, an empty one after them'],
};

const reports: ProxyReport[] = [];
const found = PROXY_SERVERS.map((server) => ({ server, program: findProgram(server.program) }));
const missing = found.filter(({ program }) => program === undefined).map(({ server }) => server);

test('every proxy is here', ({ skip }) => {
  const names = missing.map(({ name, debianPackage }) => `${name} (${debianPackage})`).join(', ');
  if (missing.length > 0 && (process.env['CI'] ?? '') === '') {
    process.stderr.write(`\nNOT TESTED, as this machine has no ${names}\n\n`);
    skip();
  }
  expect(names).toBe('');
});

const shown = (certificate: Minted | undefined): ConnectionOptions =>
  certificate === undefined ? {} : { cert: certificate.pem, key: keyPem(certificate) };

/** The headers of the application's requests that somebody may believe, by folded name. */
function valuesOf({ rawHeaders }: AppRequest, names: ReadonlySet<string>): readonly string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && names.has(foldHeaderName(rawHeaders[index - 1] ?? '')),
  );
}

function fateOf({ raw, headers }: Pick<Exchange, 'raw' | 'headers'>): Fate {
  if (/^HTTP\/\d\.\d 2/m.test(raw) || raw.includes(WELCOME)) return 'allowed';
  return 'x-device-reason' in headers ? 'denied by the gate' : 'refused by the proxy';
}

/** For the table of certificates. */
function verdictOf(answer: Exchange): string {
  const fate = fateOf(answer);
  if (fate === 'allowed') return fate;
  return fate === 'denied by the gate'
    ? `\`${answer.headers['x-device-reason'] ?? ''}\``
    : `proxy: ${answer.status ?? 'no handshake'}`;
}

const devicesOf = (requests: readonly AppRequest[]): readonly (string | undefined)[] =>
  requests.filter(({ allowed }) => allowed).map(({ deviceId }) => deviceId);

describe.each(found.filter(({ program }) => program !== undefined))('$server.name', ({ server, program }) => {
  const { headers } = server;
  const report = createReport(`${server.name} ${versionOf(program ?? '')}`);
  const believed = new Set(
    [...IDENTITY_HEADERS, SECRET[0], headers.name, ...headers.success.map(([name]) => name)].map(
      foldHeaderName,
    ),
  );
  const forgery = { headers, stolen: compliantDevice.minted, secret: SECRET };
  let door: FrontDoor;

  beforeAll(async () => {
    door = await openFrontDoor(server, program ?? '');
    reports.push(report);
  });
  afterAll(() => door.close());

  const send = (certificate: Minted | undefined, request: string): Promise<Exchange> =>
    exchange({ port: door.port, ...shown(certificate) }, Buffer.from(request, 'latin1'));

  test.each(DEVICE_CERTIFICATES)('certificate: $label', async ({ label, minted, reason }) => {
    door.app.take();
    const answer = await send(minted, PLAIN);
    const verdict = verdictOf(answer);
    report.certificates.set(label, verdict);
    const isGood = reason === 'compliant';
    expect(isGood ? ['allowed'] : [`\`${reason}\``, 'proxy: 400', 'proxy: no handshake']).toContain(verdict);
    expect(devicesOf(door.app.take())).toEqual(isGood ? [compliantDevice.id] : []);
  });

  describe.each([
    ['no certificate', undefined],
    ['the certificate of a device that may not pass', noncompliantDevice.minted],
  ] as const)('with %s', (_, own) => {
    test('nobody is taken for another device', async () => {
      const attempts = certificateAttempts(forgery);
      door.app.take();
      const answers = await inParallel(attempts, AT_ONCE, ({ request }) => send(own, request));
      const fates = answers.map(fateOf);
      // httpd answers "OPTIONS *" about itself; nothing behind it is asked.
      const itself = attempts.findIndex(({ label }) => label === 'an asterisk');
      if (!answers[itself]?.raw.includes(WELCOME)) fates[itself] = 'refused by the proxy';
      report.smuggling.push(...fates);
      expect(attempts.filter((__, index) => fates[index] === 'allowed').map(({ label }) => label)).toEqual(
        [],
      );
      const requests = door.app.take();
      expect(requests.filter(({ allowed }) => allowed)).toEqual([]);
      expect(forgedAmong(requests)).toEqual([]);
    });

    test('nor over HTTP/2', async () => {
      const variants = http2Attempts(forgery);
      door.app.take();
      const answers = await inParallel(variants, AT_ONCE, (fields) =>
        http2Get({ port: door.port, ...shown(own) }, fields),
      );
      // The proxy does speak it.
      expect(answers.some(({ status }) => status === 403)).toBe(true);
      for (const { status, headers: got } of answers) {
        report.smuggling.push(
          status === 200
            ? 'allowed'
            : 'x-device-reason' in got
              ? 'denied by the gate'
              : 'refused by the proxy',
        );
      }
      expect(variants.filter((__, index) => answers[index]?.status === 200)).toEqual([]);
      const requests = door.app.take();
      expect(requests.filter(({ allowed }) => allowed)).toEqual([]);
      expect(forgedAmong(requests)).toEqual([]);
    });
  });

  test('what only the gate sets does not arrive as a client sent it', async () => {
    const arrived: string[] = [];
    for (const { label, request } of identityAttempts({ ...forgery, stolen: noncompliantDevice.minted })) {
      door.app.take();
      const answer = await send(compliantDevice.minted, request);
      const requests = door.app.take();
      report.identity.push(fateOf(answer));
      if (requests.some((seen) => isForged(seen, noncompliantDevice.minted))) arrived.push(label);
      expect(devicesOf(requests)).toEqual(fateOf(answer) === 'allowed' ? [compliantDevice.id] : []);
    }
    report.arrived.push(...arrived);
    expect(arrived).toEqual(KNOWN_TO_ARRIVE[server.name] ?? []);
  });

  describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s resumed', (version) => {
    const limits = { minVersion: version, maxVersion: version };
    const begin = async (certificate: Minted | undefined): Promise<Buffer | undefined> => {
      let session: Buffer | undefined;
      await exchange({ port: door.port, ...limits, ...shown(certificate) }, PLAIN, (offered) => {
        session = offered;
      });
      return session;
    };
    const resume = (session: Buffer | undefined, certificate: Minted | undefined): Promise<Exchange> =>
      exchange(
        {
          port: door.port,
          ...limits,
          ...shown(certificate),
          ...(session === undefined ? {} : { session }),
        },
        PLAIN,
      );

    test('a session is the device that began it', async () => {
      const session = await begin(compliantDevice.minted);
      door.app.take();
      const answer = await resume(session, undefined);
      // Either the session goes on, as the device it was made with, or the connection begins anew and has no certificate.
      expect([verdictOf(answer), ...devicesOf(door.app.take())]).toEqual(
        answer.resumed ? ['allowed', compliantDevice.id] : ['`noDeviceId`'],
      );
    });

    test('a session without a certificate stays without', async () => {
      const answer = await resume(await begin(undefined), undefined);
      expect(verdictOf(answer)).toBe('`noDeviceId`');
    });

    test('a session of one device is not another one', async () => {
      const answer = await resume(await begin(noncompliantDevice.minted), compliantDevice.minted);
      expect(verdictOf(answer)).toBe(answer.resumed ? '`noncompliant`' : 'allowed');
    });
  });

  test.runIf(server.asks === 'application')('clients may ask, and learn whether and why', async () => {
    const ask = PLAIN.replace('GET / ', 'GET /auth/request?policy=default ');
    const allowed = await send(compliantDevice.minted, ask);
    expect(allowed).toMatchObject({ status: 200, headers: { 'x-device-reason': 'compliant' } });
    const denied = await send(noncompliantDevice.minted, ask);
    expect(denied).toMatchObject({ status: 403, headers: { 'x-device-reason': 'noncompliant' } });
    for (const { headers: told } of [allowed, denied]) {
      expect(Object.keys(told).filter((name) => /^x-(device-id|auth-|decision-|gate-)/.test(name))).toEqual(
        [],
      );
    }
  });

  test('a gate that does not answer lets nobody pass', async () => {
    await door.stopGate();
    door.app.take();
    expect(fateOf(await send(compliantDevice.minted, PLAIN))).not.toBe('allowed');
    expect(door.app.take().filter(({ allowed }) => allowed)).toEqual([]);
  });

  function isForged(seen: AppRequest, stolen: Minted): boolean {
    const written = headers.write(stolen);
    return valuesOf(seen, believed).some(
      (value) => value.includes(FORGED) || value.includes(written) || value.includes(GATE_SECRET),
    );
  }

  function forgedAmong(requests: readonly AppRequest[]): readonly AppRequest[] {
    return requests.filter((seen) => isForged(seen, forgery.stolen));
  }
});

test('docs/proxies.md says what was seen (npm run test:full -- --update)', async ({ skip }) => {
  if (missing.length > 0) skip();
  const tables = reportTables(reports);
  process.stderr.write(`\n${tables}\n\n`);
  const current = readFileSync(PAGE, 'utf8');
  const others = reports.filter(({ name }) => !current.includes(` ${name} `)).map(({ name }) => name);
  const isUpdating = expect.getState().snapshotState.snapshotUpdateState === 'all';
  if (others.length > 0 && !isUpdating) {
    process.stderr.write(
      `docs/proxies.md was written with other versions than ${others.join(', ')}; not compared\n\n`,
    );
    skip();
  }
  const [before = '', , after = ''] = current.split(/<!-- (?:begin|end) of what was seen -->/);
  const page = `${before}<!-- begin of what was seen -->\n\n${tables}\n\n<!-- end of what was seen -->${after}`;
  await expect(await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE })).toMatchFileSnapshot(
    PAGE,
  );
});
