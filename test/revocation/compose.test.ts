import { createLogger } from '../../src/http/logging.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { composeGate, type Gate } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { changed } from '../config/testConfig.ts';
import { mint, mintList, testKey } from '../support/certificateBuilder.ts';
import { HOUR } from '../support/ocspBuilder.ts';
import { startRevocationServer, type RevocationServer } from './revocationServer.ts';
import { derOf } from './testKeeper.ts';

const now = Date.now();
const validity = { notBefore: now - HOUR, notAfter: now + HOUR };
const issuer = mint({ subject: 'CN=Issuer', ca: true, ...validity });
const device = mint({
  subject: 'CN=f61dc341-c9c9-40c1-abbd-6997016f4c9e',
  issuer,
  serial: '11',
  ...validity,
});

const tls = createCertificateAuthority({ commonName: 'Server CA', now: Date.now }).issue({
  commonName: 'gate',
  dnsNames: ['localhost'],
  usage: 'server',
});

let server: RevocationServer;
let folder: GateFolder;
let gate: Gate;
beforeEach(async () => {
  server = await startRevocationServer();
  folder = createGateFolder();
  folder.file('ca.pem', issuer.pem);
});
afterEach(async () => {
  await gate.close();
  await server.close();
  folder.remove();
});

const times = { thisUpdate: now - HOUR, nextUpdate: now + HOUR };
const revokingList = (): Buffer => derOf(mintList({ issuer, revoked: ['11'], ...times }));

const proxied = { source: 'certificate', header: 'x-ssl-client-cert', from: ['journeys'] };
const direct = { source: 'connection' };

/** A gate with one source for each trust. */
function compose(trusts: readonly object[], place: object = proxied, former?: Gate): Gate {
  const sources = trusts.map((trust, index) => ({
    ...place,
    ...(index > 0 && { header: `x-cert-${index}` }),
    trust: { anchors: ['ca.pem'], ...trust },
  }));
  const base = changed(['nodes', 'default', 'deviceId'], sources);
  folder.file('tls.pem', tls.certificatePem);
  folder.file('tls.key', tls.privateKeyPem);
  const listen = { port: 0, tls: { certificateFile: 'tls.pem', privateKeyFile: 'tls.key', devices: true } };
  const file = folder.config(place === direct ? { ...base, listen } : base);
  const config = loadConfig(file, { GATE_SECRET: 'v' });
  gate = composeGate(config, { logger: createLogger('silent'), ...(former && { former }) });
  return gate;
}

async function reasonOf({ nodes }: Gate): Promise<string | undefined> {
  const answered = await nodes.get('default')?.decide({
    caller: 'journeys',
    headers: [['x-ssl-client-cert', encodeURIComponent(device.pem)]],
    clientCertificate: { der: derOf(device.pem), isAuthorized: true },
    peerAddress: undefined,
    sharedState: {},
  });
  return answered?.decision.reason;
}

const PLACES = [
  ['in a header', proxied],
  ['of the connection', direct],
] as const;

describe.each(PLACES)('about a certificate %s', (_, place) => {
  test.each([true, false])('a list is fetched and heard (started before: %s)', async (isStarted) => {
    server.answer('/list', revokingList());
    compose([{ crl: { urls: [server.url('/list')] } }], place);
    if (isStarted) gate.start();
    expect(await reasonOf(gate)).toBe('certificateRevoked');
    expect(server.count('/list')).toBe(1);
  });

  test('a responder is asked, and what it cannot answer is refused', async () => {
    expect(await reasonOf(compose([{ ocsp: { url: server.url('/ocsp') } }], place))).toBe(
      'revocationUnknown',
    );
    expect(server.count('/ocsp')).toBe(1);
  });

  test('a list in a file is heard', async () => {
    folder.file('list.crl', revokingList());
    expect(await reasonOf(compose([{ crl: { files: ['list.crl'] } }], place))).toBe('certificateRevoked');
  });
});

describe('when the configuration is read again', () => {
  const keepersOf = ({ revocation }: Gate): readonly object[] => [...revocation.keepers.keys()];
  const list = (): object => ({ crl: { urls: [server.url('/list')] } });

  test('what was fetched is taken over', async () => {
    server.answer('/list', revokingList());
    const former = compose([list()]);
    expect(await reasonOf(former)).toBe('certificateRevoked');
    compose([list()], proxied, former).start();
    expect(await reasonOf(gate)).toBe('certificateRevoked');
    expect(server.count('/list')).toBe(1);
  });

  test('what was taken over goes on fetching when the former gate ends', async () => {
    server.answer('/list', revokingList());
    const former = compose([list()]);
    compose([list()], proxied, former);
    await former.close([gate]);
    expect(await reasonOf(gate)).toBe('certificateRevoked');
  });

  test('what is not used any more ends with the former gate', async () => {
    server.answer('/list', revokingList());
    const former = compose([list()]);
    compose([{ crl: { urls: [server.url('/other')] } }], proxied, former);
    await former.close([gate]);
    expect(await reasonOf(former)).toBe('revocationUnknown');
    expect(server.count('/list')).toBe(0);
  });

  test('other CAs begin anew, since what was fetched was signed by the former ones', () => {
    const former = compose([list()]);
    folder.file('ca.pem', mint({ subject: 'CN=Issuer', ca: true, key: testKey('new'), ...validity }).pem);
    const [keeper] = keepersOf(compose([list()], proxied, former));
    expect(keepersOf(former)).not.toContain(keeper);
  });

  test('a source keeps its own, wherever it now stands and whatever is beside it', () => {
    const asking = (): object => ({ ocsp: { url: server.url('/ocsp') } });
    const former = compose([list(), asking(), list()]);
    const [one, responder, other] = keepersOf(former);
    expect(one).not.toBe(other);
    const moved = keepersOf(compose([asking(), list(), list()], proxied, former));
    expect([responder, one, other].map((keeper, index) => keeper === moved[index])).toEqual([
      true,
      true,
      true,
    ]);
    const [kept, ...fresh] = keepersOf(compose([list(), list(), list(), list()], proxied, former));
    expect(kept).toBe(one);
    expect(fresh[0]).toBe(other);
    expect(fresh.slice(1).some((keeper) => keepersOf(former).includes(keeper))).toBe(false);
  });
});
