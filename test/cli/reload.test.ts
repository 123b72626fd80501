import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { stringify } from 'yaml';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { startRevocationServer } from '../revocation/revocationServer.ts';
import { mint, mintList } from '../support/certificateBuilder.ts';
import { API_KEY, configWith, createGateFolder, simulatedTenant, type GateFolder } from './gateFolder.ts';
import { endChildren, runChild, type Child } from './runChild.ts';

let simulator: Simulator;
let folder: GateFolder;
let tenant: Record<string, unknown>;
beforeAll(async () => {
  simulator = await startSimulator();
  folder = createGateFolder();
  tenant = simulatedTenant(simulator, folder);
});
afterEach(async () => {
  endChildren();
  simulator.reset();
  await Promise.resolve();
});
afterAll(async () => {
  await simulator.close();
  folder.remove();
});

const HOUR = 3_600_000;
const SECOND_KEY = 'igk_second_0123456789abcdefghijklmnopqrst';

const serverCa = createCertificateAuthority({ commonName: 'Server CA', now: Date.now });
const serverCertificate = (name: string): { certificatePem: string; privateKeyPem: string } =>
  serverCa.issue({ commonName: name, dnsNames: ['localhost'], usage: 'server' });

const deviceCa = createCertificateAuthority({ commonName: 'Device CA', now: Date.now });
const newDeviceCa = createCertificateAuthority({ commonName: 'New Device CA', now: Date.now });
const device = { commonName: deviceIds.compliant, keyType: 'ec', usage: 'client' } as const;
const certificate = deviceCa.issue(device).certificatePem;
const newCertificate = newDeviceCa.issue(device).certificatePem;

/** A gate that believes device certificates and speaks TLS. */
function config(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const base = configWith(tenant, {
    deviceId: [
      { source: 'header', from: ['journeys'] },
      { source: 'certificate', header: 'x-cert', trust: { anchors: ['anchors.pem'] }, from: ['journeys'] },
    ],
  });
  return {
    ...base,
    listen: { port: 0, tls: { certificateFile: 'tls.pem', privateKeyFile: 'tls.key' } },
    alsoListen: [{ port: 0 }],
    ...changes,
  };
}

/** A node that takes device ids from certificates alone. */
function trusting(trust: object): object {
  return { default: { deviceId: [{ source: 'certificate', header: 'x-cert', trust, from: ['journeys'] }] } };
}

interface Running {
  readonly child: Child;
  readonly secure: URL;
  readonly plain: string;
}

async function serve(changes: Record<string, unknown> = {}): Promise<Running> {
  const first = serverCertificate('first');
  folder.file('tls.pem', first.certificatePem);
  folder.file('tls.key', first.privateKeyPem);
  folder.file('anchors.pem', deviceCa.certificatePem);
  const child = runChild(['serve', '--config', folder.config(config(changes))]);
  const [, secure = ''] = await child.waitFor('err', /"origin":"(https:[^"]+)".*"msg":"listening"/);
  const [, plain = ''] = await child.waitFor('err', /"origin":"(http:[^"]+)".*"msg":"listening"/);
  return { child, secure: new URL(secure), plain };
}

async function hangUp(child: Child, said: RegExp): Promise<void> {
  child.signal('SIGHUP');
  await child.waitFor('err', said);
}

const TAKEN = /configuration read again/;
const KEPT = /the configuration is not good; the gate goes on with the former one/;

function servedName({ secure }: Running): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', port: Number(secure.port), ca: serverCa.certificatePem, servername: 'localhost' },
      () => {
        resolve(socket.getPeerCertificate().subject.CN);
        socket.destroy();
      },
    );
    socket.once('error', reject);
  });
}

async function decide({ plain }: Running, pem: string, key = API_KEY): Promise<unknown> {
  const response = await fetch(`${plain}/v1/decisions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ request: { headers: { 'x-cert': [encodeURIComponent(pem)] } } }),
  });
  return response.status === 200 ? ((await response.json()) as { reason: unknown }).reason : response.status;
}

test('a certificate of the gate that is replaced on the disk is served within seconds', async () => {
  const gate = await serve();
  expect(await servedName(gate)).toBe('first');
  const second = serverCertificate('second');
  folder.file('tls.pem', second.certificatePem);
  folder.file('tls.key', second.privateKeyPem);
  await gate.child.waitFor('err', TAKEN);
  expect(await servedName(gate)).toBe('second');
});

test('a key that does not belong to the certificate leaves the former ones in place', async () => {
  const gate = await serve();
  folder.file('tls.pem', serverCertificate('second').certificatePem);
  await hangUp(gate.child, KEPT);
  expect(gate.child.err()).toMatch(/listen\.tls.*the private key does not belong to the certificate/);
  expect(await servedName(gate)).toBe('first');
});

test('anchors are replaced, and what was remembered about certificates with them', async () => {
  const gate = await serve();
  expect(await decide(gate, certificate)).toBe('compliant');
  expect(await decide(gate, newCertificate)).toBe('certificateUntrusted');
  folder.file('anchors.pem', newDeviceCa.certificatePem);
  await hangUp(gate.child, TAKEN);
  expect(await decide(gate, certificate)).toBe('certificateUntrusted');
  expect(await decide(gate, newCertificate)).toBe('compliant');
});

test('a revocation list that is replaced on the disk is heard within seconds', async () => {
  const validity = { notBefore: Date.now() - HOUR, notAfter: Date.now() + HOUR };
  const issuer = mint({ subject: 'CN=Listing CA', ca: true, ...validity });
  const listed = mint({ subject: `CN=${deviceIds.compliant}`, issuer, serial: '11', ...validity });
  const list = (...revoked: string[]): string =>
    mintList({ issuer, revoked, thisUpdate: validity.notBefore, nextUpdate: validity.notAfter });
  folder.file('listing.pem', issuer.pem);
  folder.file('list.crl', list());
  const gate = await serve({ nodes: trusting({ anchors: ['listing.pem'], crl: { files: ['list.crl'] } }) });
  expect(await decide(gate, listed.pem)).toBe('compliant');
  folder.file('list.crl', list('11'));
  await gate.child.waitFor('err', TAKEN);
  expect(await decide(gate, listed.pem)).toBe('certificateRevoked');
});

test('lists are fetched before anybody asks, at the start and when another is named', async () => {
  const server = await startRevocationServer();
  const withList = (path: string): Record<string, unknown> => ({
    nodes: trusting({ anchors: ['anchors.pem'], crl: { urls: [server.url(path)] } }),
  });
  const missing = (path: string): RegExp => new RegExp(`${path}".*"msg":"no revocation data"`);
  const { child } = await serve(withList('/first'));
  await child.waitFor('err', missing('/first'));
  folder.config(config(withList('/second')));
  await hangUp(child, missing('/second'));
  expect(server.received.map(({ path }) => path)).toEqual(['/first', '/second']);
  await server.close();
});

test.each([
  ['an empty file of anchors', () => folder.file('anchors.pem', '')],
  ['anchors that are none', () => folder.file('anchors.pem', certificate)],
  [
    'half a configuration',
    () => writeFileSync(`${folder.path}/config.yaml`, stringify(config()).slice(0, 400)),
  ],
  ['no configuration', () => writeFileSync(`${folder.path}/config.yaml`, '')],
])('%s changes nothing, and is said', async (_name, spoil) => {
  const gate = await serve();
  spoil();
  await hangUp(gate.child, KEPT);
  expect(await decide(gate, certificate)).toBe('compliant');
  expect(await decide(gate, newCertificate)).toBe('certificateUntrusted');
});

test('callers come and go, and what is known about a tenant stays', async () => {
  const gate = await serve();
  expect(await decide(gate, certificate)).toBe('compliant');
  expect(await decide(gate, certificate, SECOND_KEY)).toBe(401);
  const apiKeySha256 = [createHash('sha256').update(SECOND_KEY).digest('hex')];
  folder.config(config({ callers: [{ name: 'journeys', apiKeySha256, nodes: ['default'] }] }));
  await hangUp(gate.child, TAKEN);
  expect(await decide(gate, certificate)).toBe(401);
  expect(await decide(gate, certificate, SECOND_KEY)).toBe('compliant');
  const tokens = simulator.requests().filter(({ path }) => path.endsWith('/token'));
  expect(tokens).toHaveLength(1);
});

test('where the gate listens does not change, and the log says when it would', async () => {
  const gate = await serve();
  folder.config(config({ alsoListen: [] }));
  await hangUp(gate.child, /change when it is started again/);
  expect(await decide(gate, certificate)).toBe('compliant');
});

test('a body that comes after its caller is known no more is refused', async () => {
  const gate = await serve();
  const { port } = new URL(gate.plain);
  const body = JSON.stringify({ request: { headers: { 'x-cert': [encodeURIComponent(certificate)] } } });
  const answer = new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connectPlain(Number(port), '127.0.0.1', () => {
      socket.write(
        `POST /v1/decisions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${API_KEY}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
      );
      const apiKeySha256 = [createHash('sha256').update(SECOND_KEY).digest('hex')];
      folder.config(config({ callers: [{ name: 'journeys', apiKeySha256, nodes: ['default'] }] }));
      hangUp(gate.child, TAKEN).then(() => socket.write(body), reject);
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('close', () => resolve(text));
  });
  expect(await answer).toMatch(/^HTTP\/1\.1 401 /);
});

test('a certificate is renewed although something else waits for a restart', async () => {
  const gate = await serve();
  const second = serverCertificate('second');
  folder.file('tls.pem', second.certificatePem);
  folder.file('tls.key', second.privateKeyPem);
  folder.config(config({ limits: { shutdownMs: 1 } }));
  await hangUp(gate.child, /change when it is started again/);
  expect(await servedName(gate)).toBe('second');
});

test.each([
  ['a link to itself', () => symlinkSync('tls.pem', join(folder.path, 'tls.pem'))],
  ['a pipe', () => execFileSync('mkfifo', [join(folder.path, 'tls.pem')])],
])('%s in the place of a file harms nobody', async (_name, put) => {
  const gate = await serve();
  rmSync(join(folder.path, 'tls.pem'));
  put();
  await gate.child.waitFor('err', KEPT);
  expect(await decide(gate, certificate)).toBe('compliant');
  rmSync(join(folder.path, 'tls.pem'));
  gate.child.signal('SIGTERM');
  expect(await gate.child.ended).toBe(0);
});

test('a pipe in the place of the configuration is not waited for', async () => {
  const gate = await serve();
  const file = join(folder.path, 'config.yaml');
  rmSync(file);
  execFileSync('mkfifo', [file]);
  await hangUp(gate.child, KEPT);
  expect(await decide(gate, certificate)).toBe('compliant');
  rmSync(file);
});

test('a file that was missing when it was asked for is looked for again', async () => {
  const gate = await serve();
  const base = config();
  const listen = { port: 0, tls: { certificateFile: 'later.pem', privateKeyFile: 'tls.key' } };
  folder.config({ ...base, listen });
  await gate.child.waitFor('err', KEPT);
  const { certificatePem, privateKeyPem } = serverCertificate('later');
  folder.file('later.pem', certificatePem);
  folder.file('tls.key', privateKeyPem);
  await gate.child.waitFor('err', TAKEN);
  expect(await servedName(gate)).toBe('later');
});
