import { createHash, X509Certificate } from 'node:crypto';
import { Agent, request } from 'node:https';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createCertificateAuthority,
  type IssuedCertificate,
} from '../../src/simulator/certificateAuthority.ts';
import { OUTCOME_IDS } from '../../src/outcomes/outcome.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { FAILURE, journeyFile, SUCCESS } from '../support/journeyFixtures.ts';
import { API_KEY, configWith, createGateFolder, simulatedTenant, type GateFolder } from './gateFolder.ts';
import { endChildren, runChild, type Child } from './runChild.ts';

const now = Date.now;
const HOUR = 3_600_000;
const serverCa = createCertificateAuthority({ commonName: 'Server CA', now });
const deviceCa = createCertificateAuthority({ commonName: 'Device CA', now });
/** Another CA of the same name: a name is no identity. */
const rogueCa = createCertificateAuthority({ commonName: 'Device CA', now });
const device = { commonName: deviceIds.compliant, usage: 'client' } as const;

const good = { rsa: deviceCa.issue({ ...device, keyType: 'rsa' }), ec: deviceCa.issue(device) };
const proxy = deviceCa.issue(device);

const SECRET = 'a-secret-between-proxy-and-gate-0123456789';

let simulator: Simulator;
let folder: GateFolder;
let child: Child;
let origin: URL;
/** A listener with TLS that is not for devices. */
let otherOrigin: URL;

beforeAll(async () => {
  simulator = await startSimulator();
  folder = createGateFolder();
  const server = serverCa.issue({ commonName: 'gate', dnsNames: ['localhost'], usage: 'server' });
  folder.file('tls.pem', server.certificatePem);
  folder.file('tls.key', server.privateKeyPem);
  folder.file('anchors.pem', deviceCa.certificatePem);
  const base = configWith(simulatedTenant(simulator, folder), {
    deviceId: [{ source: 'connection', trust: { anchors: ['anchors.pem'] } }],
  });
  const key = new X509Certificate(proxy.certificatePem).publicKey.export({ type: 'spki', format: 'der' });
  const outcomes = Object.values(OUTCOME_IDS).map((id) => [id, id === 'COMPLIANT' ? SUCCESS : FAILURE]);
  const intune = {
    type: 'IntuneNode',
    to: Object.fromEntries(outcomes) as Record<string, string>,
    config: { azureTenantId: 'any', appRegistrationClientId: 'any' },
  };
  folder.file('device.json', journeyFile({ Device: { nodes: { intune } } }).content);
  const config = {
    ...base,
    journeys: { files: ['device.json'], default: 'Device', nodeFor: { '*': 'default' } },
    listen: { port: 0, tls: { certificateFile: 'tls.pem', privateKeyFile: 'tls.key', devices: true } },
    alsoListen: [{ port: 0, tls: { certificateFile: 'tls.pem', privateKeyFile: 'tls.key' } }],
    proxies: [
      {
        name: 'hop',
        secretHeader: { name: 'x-hop', sha256: [createHash('sha256').update(SECRET).digest('hex')] },
      },
      { name: 'edge', certificateSha256: [createHash('sha256').update(key).digest('hex')] },
    ],
  };
  child = runChild(['serve', '--config', folder.config(config)]);
  const [, text = ''] = await child.waitFor('err', /"origin":"(https:[^"]+)".*"msg":"listening"/);
  origin = new URL(text);
  const [, other = ''] = await child.waitFor(
    'err',
    /listening"[^]*"origin":"(https:[^"]+)".*"msg":"listening"/,
  );
  otherOrigin = new URL(other);
});
afterAll(async () => {
  endChildren();
  await simulator.close();
  folder.remove();
});

interface Answer {
  readonly status: number | undefined;
  readonly reason: unknown;
  readonly body: string;
}

function ask(
  certificate: IssuedCertificate | undefined,
  options: {
    readonly path?: string;
    readonly agent?: Agent;
    readonly body?: string;
    readonly at?: URL;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(options.path ?? '/auth/request', options.at ?? origin),
      {
        ca: serverCa.certificatePem,
        servername: 'localhost',
        agent: options.agent ?? false,
        ...(options.headers && { headers: options.headers }),
        ...(certificate && { cert: certificate.certificatePem, key: certificate.privateKeyPem }),
        ...(options.body !== undefined && {
          method: 'POST',
          headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
        }),
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode, reason: response.headers['x-device-reason'], body }),
        );
      },
    );
    sent.once('error', reject).end(options.body);
  });
}

test.each(Object.entries(good))(
  'a device with an %s certificate connects by itself',
  async (_key, certificate) => {
    expect(await ask(certificate)).toMatchObject({ status: 200, reason: 'compliant' });
  },
);

test('an API of the gate sees the same certificate', async () => {
  const { body } = await ask(good.ec, { path: '/v1/decisions', body: '{"request":{}}' });
  expect(JSON.parse(body)).toMatchObject({ outcome: 'Compliant', deviceIdSource: 'certificate' });
});

describe('a journey', () => {
  const run = (certificate: IssuedCertificate | undefined, more: { at?: URL } = {}): Promise<Answer> =>
    ask(certificate, { ...more, path: '/json/authenticate?noSession=true', body: '' });

  test('takes the device from the connection', async () => {
    expect(await run(good.ec)).toMatchObject({ status: 200 });
    expect(await run(undefined)).toMatchObject({ status: 401 });
    expect(await run(rogueCa.issue(device))).toMatchObject({ status: 401 });
  });

  test('takes none from the connection of a proxy, nor where devices do not connect', async () => {
    expect(await run(proxy)).toMatchObject({ status: 401 });
    expect(await run(good.ec, { at: otherOrigin })).toMatchObject({ status: 401 });
  });
});

test.each([
  ['no certificate', undefined, 'noDeviceId'],
  ['a certificate of a CA with the same name', rogueCa.issue(device), 'certificateUntrusted'],
  [
    'a self-made one',
    createCertificateAuthority({ commonName: 'x', now }).issue(device),
    'certificateUntrusted',
  ],
  [
    'an expired one',
    deviceCa.issue({ ...device, notBefore: new Date(now() - 2 * HOUR), notAfter: new Date(now() - HOUR) }),
    'certificateExpired',
  ],
  [
    'one that is not valid yet',
    deviceCa.issue({ ...device, notBefore: new Date(now() + HOUR), notAfter: new Date(now() + 2 * HOUR) }),
    'certificateNotYetValid',
  ],
  ['one for servers', deviceCa.issue({ ...device, usage: 'server' }), 'certificateNotForClients'],
  [
    'one without a device id',
    deviceCa.issue({ ...device, commonName: 'laptop' }),
    'certificateWithoutDeviceId',
  ],
  // It is the hop's own, whatever its CN says.
  ['the one of a proxy', proxy, 'noDeviceId'],
])('%s', async (_name, certificate, reason) => {
  expect(await ask(certificate)).toMatchObject({ status: 403, reason });
});

test('a connection of a proxy is the proxy’s, whatever certificate it shows', async () => {
  expect(await ask(good.ec, { headers: { 'x-hop': SECRET } })).toMatchObject({ reason: 'noDeviceId' });
});

test('where devices are not expected, a certificate is nobody’s', async () => {
  expect(await ask(good.ec, { at: otherOrigin })).toMatchObject({ status: 403, reason: 'noDeviceId' });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a resumed connection (%s)', (version: SecureVersion) => {
  /** One request; gives the session for the next connection, and whether this one was resumed. */
  function connectOnce(
    certificate: IssuedCertificate | undefined,
    session?: Buffer,
  ): Promise<{ readonly reason: string; readonly resumed: boolean; readonly session: Buffer | undefined }> {
    return new Promise((resolve, reject) => {
      let newest: Buffer | undefined;
      let text = '';
      let resumed = false;
      const socket: TLSSocket = connect({
        host: '127.0.0.1',
        port: Number(origin.port),
        ca: serverCa.certificatePem,
        servername: 'localhost',
        minVersion: version,
        maxVersion: version,
        ...(session && { session }),
        ...(certificate && { cert: certificate.certificatePem, key: certificate.privateKeyPem }),
      });
      socket.once('secureConnect', () => {
        resumed = socket.isSessionReused();
      });
      socket.on('session', (given) => {
        newest = given;
      });
      socket.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
      socket.once('error', reject);
      socket.once('close', () => {
        const [, reason = ''] = /x-device-reason: (\w+)/.exec(text) ?? [];
        resolve({ reason, resumed, session: newest });
      });
      socket.write('GET /auth/request HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    });
  }

  test('is judged like a new one, and anew when the authorities have changed', async () => {
    const first = await connectOnce(good.ec);
    expect(first).toMatchObject({ reason: 'compliant', resumed: false });
    const second = await connectOnce(good.ec, first.session);
    expect(second).toMatchObject({ reason: 'compliant', resumed: true });

    folder.file('anchors.pem', rogueCa.certificatePem);
    const told = child.err().length;
    child.signal('SIGHUP');
    await child.waitFor('err', new RegExp(`[^]{${told},}configuration read again`));
    expect((await connectOnce(good.ec, second.session)).reason).toBe('certificateUntrusted');

    folder.file('anchors.pem', deviceCa.certificatePem);
    const toldAgain = child.err().length;
    child.signal('SIGHUP');
    await child.waitFor('err', new RegExp(`[^]{${toldAgain},}configuration read again`));
    expect((await connectOnce(good.ec)).reason).toBe('compliant');
  });

  test('does not lend its certificate to a connection without one', async () => {
    const { session } = await connectOnce(undefined);
    expect((await connectOnce(good.ec, session)).reason).not.toBe('');
    expect((await connectOnce(undefined)).reason).toBe('noDeviceId');
  });
});

test('a connection that stays open is judged at each request', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect((await ask(good.rsa, { agent })).reason).toBe('compliant');
  folder.file('anchors.pem', rogueCa.certificatePem);
  const told = child.err().length;
  child.signal('SIGHUP');
  await child.waitFor('err', new RegExp(`[^]{${told},}configuration read again`));
  expect((await ask(good.rsa, { agent })).reason).toBe('certificateUntrusted');
  agent.destroy();
});
