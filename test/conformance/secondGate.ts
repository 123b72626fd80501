import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { mint, mintList, type Minted } from '../support/certificateBuilder.ts';
import { startProgram, type ReadyLine } from '../support/startDemo.ts';
import type { SecondGate } from './target.ts';
import { createTargetClient } from './targetClient.ts';

/** The id in the certificates of the second gate: the compliant device of every simulator. */
export const CERTIFIED_DEVICE = 'f61dc341-c9c9-40c1-abbd-6997016f4c9e';
const OTHER_DEVICE = 'd0000002-0000-4000-8000-000000000002';
const CERTIFICATE_HEADER = 'x-ssl-client-cert';
const CALLER = 'conformance';
const RESTRICTED = 'restricted';
/** Whose word the node `untrusting` would believe; nobody holds its key. */
const ABSENT = 'absent';
const FACTOR_USER = 'mfa@contoso.example';

/** How many decisions the second gate takes at once. */
export const SECOND_GATE_PLACES = 20;

/** How long the nodes `remembering`, `bridging` and `withdrawn` remember that a device is compliant. */
export const REMEMBERED_SECONDS = 3;

/** Tenants of one case each, and nodes of the same names: whoever is throttled there is nobody else. */
const OWN_TENANTS = ['throttled1', 'throttled2', 'throttled3', 'throttled4', 'throttled5'];

export interface RunningSecondGate {
  readonly secondGate: SecondGate;
  readonly stop: () => Promise<void>;
}

/** Starts a gate whose nodes distrust, map and fail in ways the demo's nodes do not, in front of the same simulator. */
export async function startSecondGate(ready: ReadyLine): Promise<RunningSecondGate> {
  const folder = dirname(ready.configFile);
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const apiKey = createKey();
  const restrictedApiKey = createKey();
  const password = randomBytes(30).toString('base64url');
  const expiredSecret = randomBytes(30).toString('base64url');
  write('second-wrong-secret', randomBytes(30).toString('base64url'));
  write('second-expired-secret', expiredSecret);
  write('second-password', password);
  write('second-user', FACTOR_USER);
  await prepareSimulator(ready, expiredSecret, password);
  const { anchorPem, certificates } = issueCertificates();
  write('second-device-ca.pem', anchorPem);
  const revocation = issueRevocable();
  for (const [name, text] of Object.entries(revocation.files)) write(name, text);
  const config = write('second.yaml', stringify(secondConfig(ready, apiKey, restrictedApiKey)));
  const program = await startProgram(['serve', '--config', config], {
    readyOn: 'stderr',
    contains: '"listening"',
  });
  return {
    secondGate: {
      gate: (JSON.parse(program.readyLine) as { origin: string }).origin,
      apiKey,
      restrictedApiKey,
      certificates: Object.fromEntries(
        Object.entries({ ...certificates, ...revocation.certificates }).map(([name, pem]) => [
          name,
          write(`second-${name}.pem`, pem),
        ]),
      ),
    },
    stop: () => program.stop(),
  };
}

/** Gives the app a second secret, which has expired, and the user who needs a second factor a known password. */
async function prepareSimulator(ready: ReadyLine, expiredSecret: string, password: string): Promise<void> {
  const client = createTargetClient(ready);
  try {
    await client.control('PATCH', `/apps/${ready.clientId}`, {
      secrets: [{ value: ready.clientSecret }, { value: expiredSecret, expired: true }],
    });
    await client.control('PATCH', `/users/${FACTOR_USER}`, { password, mfaRequired: true });
  } finally {
    await client.close();
  }
}

function secondConfig(ready: ReadyLine, apiKey: string, restrictedApiKey: string): object {
  const tenant = {
    tenantId: ready.tenantId,
    clientId: ready.clientId,
    credential: { kind: 'clientSecret', clientSecret: { file: 'client-secret' } },
    authority: ready.authority,
    graph: ready.graph,
    caFile: 'ca.pem',
    proxy: 'none',
  };
  const { caFile: _, ...withoutCa } = tenant;
  const withSecret = (file: string): object => ({
    ...tenant,
    credential: { kind: 'clientSecret', clientSecret: { file } },
  });
  const withPassword = (file: string): object => ({
    ...tenant,
    credential: { kind: 'userPassword', username: { file: 'second-user' }, password: { file } },
  });
  const nowhere = 'https://127.0.0.1:1';
  const header = { source: 'header', name: 'x-intune', from: [CALLER] };
  const node = (changes: object, source: object = {}): object => ({
    deviceId: [{ ...header, ...source }],
    // What a case changes counts at the next decision.
    maxAnswerAgeSeconds: 0,
    ...changes,
  });
  const remembering = { maxAnswerAgeSeconds: undefined };
  const nodes = {
    open: node({}, { from: [CALLER, RESTRICTED] }),
    untrusting: node({}, { from: [ABSENT] }),
    nobody: node({}, { from: [] }),
    narrow: node({}, { peers: ['10.0.0.0/8', 'fd00::/8'] }),
    intuneIds: node({}, { idKind: 'intune' }),
    entraIds: node({}, { idKind: 'entra' }),
    otherHeader: node({}, { name: 'x-device' }),
    certificate: node(
      {},
      {
        source: 'certificate',
        header: CERTIFICATE_HEADER,
        trust: { anchors: ['second-device-ca.pem'] },
        name: undefined,
      },
    ),
    revoking: node(
      {},
      {
        source: 'certificate',
        header: CERTIFICATE_HEADER,
        trust: {
          anchors: ['second-listed-ca.pem', 'second-unlisted-ca.pem'],
          crl: { files: ['second-listed.crl'] },
        },
        name: undefined,
      },
    ),
    lenient: node(
      {},
      {
        source: 'certificate',
        header: CERTIFICATE_HEADER,
        trust: {
          anchors: ['second-listed-ca.pem', 'second-unlisted-ca.pem'],
          crl: { files: ['second-listed.crl'], whenMissing: 'accept' },
        },
        name: undefined,
      },
    ),
    quick: node({ deadlineMs: 700 }),
    listed: node({ saveDeviceProperties: ['operatingSystem', 'physicalMemoryInBytes', 'isEncrypted'] }),
    remapped: node({
      outcomes: { deviceNotFound: 'Error', conflict: 'NotCompliant', complianceUnknown: 'NotCompliant' },
    }),
    domain: node({ requireSameUser: { key: 'login', domain: 'contoso.example' } }),
    enabled: node({ requireEnabledEntraDevice: true }),
    wrongSecret: node({ tenant: 'wrongSecret' }),
    expiredSecret: node({ tenant: 'expiredSecret' }),
    wrongPassword: node({ tenant: 'wrongPassword' }),
    secondFactor: node({ tenant: 'secondFactor' }),
    unknownApp: node({ tenant: 'unknownApp' }),
    unknownTenant: node({ tenant: 'unknownTenant' }),
    unreachable: node({ tenant: 'unreachable' }),
    untrustedServer: node({ tenant: 'untrustedServer' }),
    remembering: node(remembering),
    ...Object.fromEntries(OWN_TENANTS.map((name) => [name, node({ tenant: name })])),
    bridging: node({ tenant: 'bridging', ...remembering }),
    withdrawn: node({ tenant: 'withdrawn', ...remembering }),
  };
  return {
    listen: { host: '127.0.0.1', port: 0 },
    log: { level: 'info' },
    limits: { concurrentDecisions: SECOND_GATE_PLACES },
    tenants: {
      default: tenant,
      wrongSecret: withSecret('second-wrong-secret'),
      expiredSecret: withSecret('second-expired-secret'),
      wrongPassword: withPassword('second-wrong-secret'),
      secondFactor: withPassword('second-password'),
      unknownApp: { ...tenant, clientId: randomUUID() },
      unknownTenant: { ...tenant, tenantId: randomUUID() },
      unreachable: { ...tenant, authority: nowhere, graph: nowhere },
      untrustedServer: withoutCa,
      ...Object.fromEntries([...OWN_TENANTS, 'bridging', 'withdrawn'].map((name) => [name, tenant])),
    },
    answers: { compliantSeconds: REMEMBERED_SECONDS, staleSeconds: 120 },
    nodes,
    callers: [
      { name: CALLER, apiKeySha256: [hash(apiKey)], nodes: Object.keys(nodes) },
      { name: RESTRICTED, apiKeySha256: [hash(restrictedApiKey)], nodes: ['open'] },
      { name: ABSENT, apiKeySha256: [hash(createKey())], nodes: ['untrusting'] },
    ],
  };
}

function issueCertificates(): { anchorPem: string; certificates: Readonly<Record<string, string>> } {
  const now = Date.now;
  const ca = createCertificateAuthority({ commonName: 'Conformance Device CA', now });
  const stranger = createCertificateAuthority({ commonName: 'Conformance Device CA', now });
  const day = 86_400_000;
  const good = { commonName: CERTIFIED_DEVICE, usage: 'client' } as const;
  const pem = (issued: { readonly certificatePem: string }): string => issued.certificatePem;
  return {
    anchorPem: ca.certificatePem,
    certificates: {
      good: pem(ca.issue(good)),
      rsa: pem(ca.issue({ ...good, keyType: 'rsa' })),
      uri: pem(ca.issue({ ...good, commonName: 'LAPTOP-1', uris: [`IntuneDeviceId://${CERTIFIED_DEVICE}`] })),
      contradictory: pem(ca.issue({ ...good, uris: [`IntuneDeviceId://${OTHER_DEVICE}`] })),
      twoUris: pem(
        ca.issue({
          ...good,
          uris: [`IntuneDeviceId://${CERTIFIED_DEVICE}`, `IntuneDeviceId://${OTHER_DEVICE}`],
        }),
      ),
      wrongUri: pem(ca.issue({ ...good, uris: ['IntuneDeviceId://not-a-guid'] })),
      nameless: pem(ca.issue({ ...good, commonName: 'LAPTOP-1' })),
      expired: pem(
        ca.issue({ ...good, notBefore: new Date(now() - 9 * day), notAfter: new Date(now() - day) }),
      ),
      future: pem(
        ca.issue({ ...good, notBefore: new Date(now() + day), notAfter: new Date(now() + 9 * day) }),
      ),
      server: pem(ca.issue({ ...good, usage: 'server' })),
      authority: pem(ca.issue({ ...good, ca: true })),
      stranger: pem(stranger.issue(good)),
    },
  };
}

/** Two CAs, of which one publishes a list with one certificate on it. */
function issueRevocable(): Record<'files' | 'certificates', Readonly<Record<string, string>>> {
  const day = 86_400_000;
  const validity = { notBefore: Date.now() - day, notAfter: Date.now() + day };
  const listedCa = mint({ subject: 'CN=Listed Device CA', ca: true, ...validity });
  const unlistedCa = mint({ subject: 'CN=Unlisted Device CA', ca: true, ...validity });
  const device = (issuer: Minted, serial: string): string =>
    mint({ subject: `CN=${CERTIFIED_DEVICE}`, issuer, serial, ...validity }).pem;
  return {
    files: {
      'second-listed-ca.pem': listedCa.pem,
      'second-unlisted-ca.pem': unlistedCa.pem,
      'second-listed.crl': mintList({
        issuer: listedCa,
        revoked: ['11'],
        thisUpdate: Date.now() - day,
        nextUpdate: Date.now() + day,
      }),
    },
    certificates: {
      revoked: device(listedCa, '11'),
      notRevoked: device(listedCa, '12'),
      unlisted: device(unlistedCa, '13'),
    },
  };
}

function createKey(): string {
  return `conformance-${randomBytes(24).toString('base64url')}`;
}

function hash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
