import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createGateFolder } from './gateFolder.ts';
import { runGate, type Run } from './runGate.ts';

const folder = createGateFolder();
afterAll(() => folder.remove());

const TENANT = {
  tenantId: '3f2c8a10-5b7d-4e6f-8a9b-0c1d2e3f4a5b',
  clientId: '7d1e9b42-6c3a-4f58-9e0d-1a2b3c4d5e6f',
  credential: { kind: 'clientSecret', clientSecret: { file: folder.file('secret', 'not asked for here') } },
};
const config = folder.config({
  tenants: { default: TENANT },
  proxies: [{ name: 'front', addresses: ['127.0.0.1'] }],
  nodes: {
    default: {
      deviceId: [
        { source: 'header', name: 'X-Device-Token', from: ['front'] },
        { source: 'header', name: 'x-of-journeys', from: ['journeys'] },
      ],
    },
    nobody: { deviceId: [{ source: 'header', name: 'x-of-journeys', from: ['journeys'] }] },
  },
  policies: { nobody: { node: 'nobody' } },
  callers: [{ name: 'journeys', apiKeySha256: ['0'.repeat(64)], nodes: ['default', 'nobody'] }],
});

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A front door that answers as told. */
async function open(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`;
}

/** Denies with the reason the gate would give if it saw `seen` of the headers. */
function denying(seen: (request: IncomingMessage) => boolean) {
  return open((request, response) => {
    response.writeHead(403, { 'x-device-reason': seen(request) ? 'headerSpoofed' : 'noDeviceId' }).end();
  });
}

const probe = (url: string, ...options: string[]): Promise<Run> =>
  runGate(['probe', url, '--config', config, ...options]);

describe('probe', () => {
  test('is content with a front door that keeps everything out', async () => {
    const seen: string[][] = [];
    const url = await denying(({ rawHeaders, url: path }) => {
      seen.push([path ?? '', ...rawHeaders]);
      return false;
    });
    const { exitCode, out } = await probe(url);
    expect(exitCode).toBe(0);
    expect(out).toContain('without a certificate: 403 noDeviceId');
    // The name, its eight other spellings, twice, in Connection, and what the gate alone may say.
    expect(out).toContain('None of 12 forged requests came through.');
    // Twice without anything forged, at the beginning and at the end.
    expect(seen).toHaveLength(14);
    expect(new Set(seen.map(([path]) => path))).toEqual(new Set(['/page']));
    const names = new Set(seen.flat());
    for (const name of ['X-Device-Token', 'X_Device_Token', 'X.Device-Token', 'X-Device-Outcome']) {
      expect(names).toContain(name);
    }
    expect(names).not.toContain('x-of-journeys');
    expect(seen.some((headers) => headers.filter((item) => item === 'X-Device-Token').length === 2)).toBe(
      true,
    );
  });

  test('finds the one spelling that comes through', async () => {
    const url = await denying(({ headers }) => 'x_device.token' in headers);
    const { exitCode, out } = await probe(url);
    expect(exitCode).toBe(1);
    expect(out.match(/FAILED.*/g)).toEqual(['FAILED  X_Device.Token: arrived (403 headerSpoofed)']);
    expect(out).toContain('1 of 12 forged requests came through.');
  });

  test('finds a front door that believes what the gate alone may say', async () => {
    const url = await open(({ headers }, response) => {
      const isFooled = headers['x-device-outcome'] === 'Compliant';
      response.writeHead(isFooled ? 200 : 403, { 'x-device-reason': 'noDeviceId' }).end();
    });
    const { exitCode, out } = await probe(url, '--json');
    expect(exitCode).toBe(1);
    const report = JSON.parse(out) as { verdict: string; findings: { fate: string }[] };
    expect(report.verdict).toBe('bad');
    expect(report.findings.filter(({ fate }) => fate === 'allowed')).toHaveLength(1);
  });

  test('takes it as kept out where the proxy refuses by itself', async () => {
    const url = await open(({ headers }, response) => {
      const isForged = Object.keys(headers).some((name) => name.startsWith('x'));
      if (isForged) response.writeHead(400).end();
      else response.writeHead(403, { 'x-device-reason': 'noDeviceId' }).end();
    });
    const { exitCode, out } = await probe(url);
    expect(exitCode).toBe(0);
    expect(out).toContain('X-Device-Token: refused (400)');
  });

  test.each([
    ['is open to everybody', 200, undefined, 'the page is not protected'],
    ['redirects', 302, undefined, 'or the answer is a redirection'],
    ['does not say why', 403, undefined, 'Let the proxy pass this header on'],
    ['has another reason', 403, 'hopNotTrusted', 'Mend this first'],
    ['says something odd', 403, '<b>noDeviceId</b>', 'Let the proxy pass this header on'],
  ])('cannot tell where the front door %s', async (_, status, reason, explanation) => {
    const url = await open((__, response) => {
      response.writeHead(status, reason === undefined ? {} : { 'x-device-reason': reason }).end();
    });
    const { exitCode, out } = await probe(url);
    expect(exitCode).toBe(1);
    expect(out).toContain(explanation);
  });

  test('says that nobody answers', async () => {
    const url = await open((_, response) => void response.end());
    servers.splice(0).forEach((server) => server.close());
    const { exitCode, err } = await probe(url);
    expect(exitCode).toBe(3);
    expect(err).toMatch(/does not answer: .*ECONNREFUSED/);
  });

  test.each([
    [['ftp://front/'], 'say which page'],
    [['https://user:secret@front/'], 'say which page'],
    [[], 'say which page'],
    [['https://front/', 'https://front/'], 'say which page'],
    [['https://front/', '--policy', 'missing'], 'there is no policy missing'],
    [['https://front/', '--policy', 'nobody'], 'believes no header of any proxy'],
    [['https://front/', '--ca', '/does/not/exist'], 'cannot be read'],
  ])('refuses %j', async (args, complaint) => {
    const { exitCode, err } = await runGate(['probe', ...args, '--config', config]);
    expect(exitCode).toBe(2);
    expect(err).toContain(complaint);
    expect(err).not.toContain('secret');
  });
});
