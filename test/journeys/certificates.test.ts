import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { composeCertificates } from '../../src/composeCertificates.ts';
import { checkJourneys } from '../../src/journeys/check/checkJourneys.ts';
import { readJourneys } from '../../src/journeys/format/readJourneys.ts';
import { NODE_TYPES } from '../../src/journeys/nodeTypes.ts';
import {
  createCertificateAuthority,
  type IssuedCertificate,
} from '../../src/simulator/certificateAuthority.ts';
import { mint, mintList, pemOf } from '../support/certificateBuilder.ts';
import { implicit, utf8, explicit, oid } from '../support/derBuilder.ts';
import { DEVICE_ID, HOUR, NOW } from '../support/fakeDirectory.ts';
import {
  createJourneyClient,
  journeyClientOver,
  outputOf,
  type JourneyAnswer,
  type JourneyClient,
} from '../support/journeyClient.ts';
import {
  FAILURE,
  journeyFile,
  SUCCESS,
  type NodeFixture,
  type TreeFixture,
} from '../support/journeyFixtures.ts';
import type { MemoryUser } from '../support/memoryIdentityStore.ts';
import {
  ALICE,
  BOB,
  CLIENT_ID,
  ROOT,
  TENANT_ID,
  testJourneys,
  type TestJourneys,
  type TestJourneysOptions,
} from '../support/testJourneys.ts';

const now = (): number => NOW;
const ca = createCertificateAuthority({ commonName: 'Device CA', now });
/** Clients look at the real clock. */
const serverCa = createCertificateAuthority({ commonName: 'Server CA', now: Date.now });
const rogue = createCertificateAuthority({ commonName: 'Device CA', now });
const HEADER = 'x-ssl-client-cert';
const issue = (commonName = 'alice', changes: object = {}, from = ca): string =>
  from.issue({ commonName, usage: 'client', ...changes }).certificatePem;
const forward = (pem: string): Record<string, string> => ({ [HEADER]: encodeURIComponent(pem) });
const collector = (config: Readonly<Record<string, unknown>> = {}): NodeFixture => ({
  type: 'product-CertificateCollectorNode',
  config: { clientCertificateHttpHeaderName: HEADER, trustedRemoteHosts: ['127.0.0.1'], ...config },
  to: { COLLECTED: 'validate', NOT_COLLECTED: 'none' },
});
const say = (text: string): NodeFixture => ({
  type: 'MessageNode',
  config: { message: { en: text } },
  to: { true: SUCCESS, false: FAILURE },
});
const extractor = (config: Readonly<Record<string, unknown>>, to: string): NodeFixture => ({
  type: 'product-CertificateUserExtractorNode',
  config,
  to: { EXTRACTED: to, NOT_EXTRACTED: 'unnamed' },
});

/** Collect, validate, name the person, ask whether to go on. Every other way says where it came to. */
const tree = (
  collecting: Readonly<Record<string, unknown>> = {},
  validating: Readonly<Record<string, unknown>> = {},
  extracting: Readonly<Record<string, unknown>> = {},
): TreeFixture => ({
  nodes: {
    collect: collector(collecting),
    validate: {
      type: 'product-CertificateValidationNode',
      config: validating,
      to: {
        TRUE: 'extract',
        FALSE: 'none',
        NOT_FOUND: 'none',
        EXPIRED: 'expired',
        PATH_VALIDATION_FAILED: 'untrusted',
        REVOKED: 'none',
      },
    },
    extract: extractor(extracting, 'good'),
    good: say('good'),
    none: say('none'),
    unnamed: say('unnamed'),
    expired: say('expired'),
    untrusted: say('untrusted'),
  },
});

const certificates = {
  profile: 'nginx',
  encoding: undefined,
  trust: { anchors: [ca.certificatePem], intermediates: [] },
  revocation: {},
} as const;

let gate: TestJourneys;
const client = createJourneyClient(() => gate.app);

function open(
  trees: Readonly<Record<string, TreeFixture>>,
  options: Partial<TestJourneysOptions> = {},
): void {
  gate = testJourneys({
    files: [journeyFile(trees)],
    ...options,
    config: { certificates, ...options.config },
  });
}

/** Where a journey comes to: the text of its message, or its failure. */
async function ending(name: string, headers: Record<string, string> = {}): Promise<unknown> {
  const step = await client.start(name, headers);
  return step.code ?? outputOf(step, 0, 'message');
}

describe('a certificate in a header', () => {
  beforeEach(() => {
    open({
      Either: tree(),
      Header: tree({ certificateCollectionMethod: 'HEADER' }),
      Request: tree({ certificateCollectionMethod: 'REQUEST' }),
      Nobody: tree({ trustedRemoteHosts: [] }),
      Elsewhere: tree({ trustedRemoteHosts: ['10.0.0.0/8', 'fd00::/8'] }),
      Any: tree({ trustedRemoteHosts: ['any'] }),
    });
  });

  test.each([
    ['Either', 'good'],
    ['Header', 'good'],
    ['Any', 'good'],
    ['Request', 'none'],
    ['Nobody', 'none'],
    ['Elsewhere', 'none'],
  ])('by the settings of %s is %s', async (name, expected) => {
    expect(await ending(name, forward(issue()))).toBe(expected);
    expect(await ending(name)).toBe('none');
  });

  test.each(['Either', 'Header', 'Any'])(
    'from a hop that is not configured is not collected, whatever %s says',
    async (name) => {
      open({ [name]: tree({ trustedRemoteHosts: ['any'] }) }, { hop: undefined });
      expect(await ending(name, forward(issue()))).toBe('none');
      open({ [name]: tree({ trustedRemoteHosts: ['any'] }) }, { hop: 'stranger' });
      expect(await ending(name, forward(issue()))).toBe('none');
    },
  );

  test.each([
    ['of another authority', () => issue('alice', {}, rogue), 'untrusted'],
    ['that nobody signed', () => rogue.certificatePem, 'untrusted'],
    ['for servers', () => issue('alice', { usage: 'server' }), 'untrusted'],
    [
      'that has expired',
      () => issue('alice', { notBefore: new Date(NOW - 2 * HOUR), notAfter: new Date(NOW - HOUR) }),
      'expired',
    ],
    ['that is not good yet', () => issue('alice', { notBefore: new Date(NOW + HOUR) }), 'expired'],
  ])('%s is not good, though every check is off', async (_, pem, expected) => {
    expect(await ending('Either', forward(pem()))).toBe(expected);
  });

  test('fails the login if it cannot be read, or stands there twice', async () => {
    expect(await ending('Either', { [HEADER]: 'garbage' })).toBe(401);
    expect(await ending('Either', { ...forward(issue()), x_ssl_client_cert: 'x' })).toBe(401);
    expect(await ending('Either', { ...forward(issue()), 'x-forwarded-client-cert': 'Hash=1' })).toBe(401);
  });

  test('has to be presented at every later step', async () => {
    const pem = issue();
    const step = async () => client.start('Either', forward(pem));
    expect(await client.next(await step(), [0], forward(pem))).toHaveProperty('tokenId');
    expect(await client.next(await step(), [0])).toMatchObject({ code: 401 });
    expect(await client.next(await step(), [0], forward(issue()))).toMatchObject({ code: 401 });
  });

  test('names the person, whom a session is for', async () => {
    const pem = issue();
    const { tokenId = '' } = await client.next(await client.start('Either', forward(pem)), [0], forward(pem));
    expect(await gate.composed.surface.sessions.find(tokenId)).toMatchObject({
      session: { username: ALICE.username },
    });
    // A session says nothing of the device that holds it now.
    expect(await ending('Either', { ...forward(pem), iplanetdirectorypro: tokenId })).toBe('good');
  });

  test('and a password are proofs of one person', async () => {
    const { nodes } = tree();
    open({
      Both: {
        nodes: {
          ...nodes,
          good: {
            type: 'PageNode',
            to: { outcome: 'check' },
            page: [
              { id: 'username', type: 'UsernameCollectorNode' },
              { id: 'password', type: 'PasswordCollectorNode' },
            ],
          },
          check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: FAILURE } },
        },
      },
    });
    const login = async (owner: string, { username, password }: MemoryUser): Promise<JourneyAnswer> => {
      const headers = forward(issue(owner));
      return client.next(await client.start('Both', headers), [username, password], headers);
    };
    const { tokenId = '' } = await login('alice', ALICE);
    expect(await gate.composed.surface.sessions.find(tokenId)).toMatchObject({
      session: { methods: ['Certificate', 'DataStore'] },
    });
    expect(await login('alice', BOB)).toMatchObject({ code: 401 });
  });

  test('without authorities that are configured is refused', async () => {
    open(
      {
        Header: {
          nodes: {
            collect: { ...collector(), to: { COLLECTED: 'extract', NOT_COLLECTED: 'none' } },
            extract: extractor({}, 'good'),
            good: say('good'),
            none: say('none'),
            unnamed: say('unnamed'),
          },
        },
      },
      { config: { certificates: undefined } },
    );
    expect(await ending('Header', forward(issue()))).toBe('unnamed');
  });
});

describe('the certificate of the connection', () => {
  const trees = {
    Either: tree(),
    Request: tree({ certificateCollectionMethod: 'REQUEST' }),
    Header: tree({ certificateCollectionMethod: 'HEADER' }),
  };
  const agents: Agent[] = [];
  let port = 0;

  beforeAll(async () => {
    const server = serverCa.issue({ commonName: 'gate', usage: 'server', ipAddresses: ['127.0.0.1'] });
    const tls = { ...server, clientAuthorities: [ca.certificatePem], devices: true };
    open(trees, { hop: undefined, tls });
    port = Number(new URL(await gate.app.listen({ host: '127.0.0.1', port: 0 })).port);
  });
  afterAll(async () => {
    for (const agent of agents) agent.destroy();
    await gate.app.close();
  });

  /** A device that connects by itself, with this certificate or none. */
  function device(own?: IssuedCertificate): JourneyClient {
    const agent = new Agent({
      keepAlive: true,
      ca: serverCa.certificatePem,
      ...(own && { cert: own.certificatePem, key: own.privateKeyPem }),
    });
    agents.push(agent);
    return journeyClientOver(async (query, body, headers) => {
      const asking = request({
        agent,
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: `${ROOT}/authenticate${query}`,
        headers: { 'content-type': 'application/json', ...headers },
      });
      asking.end(body === undefined ? '' : JSON.stringify(body));
      const [response] = (await once(asking, 'response')) as [IncomingMessage];
      return (await json(response)) as JourneyAnswer;
    });
  }
  const endingFor = async (who: JourneyClient, name: string, headers = {}): Promise<unknown> => {
    const step = await who.start(name, headers);
    return step.code ?? outputOf(step, 0, 'message');
  };
  const own = (from = ca): IssuedCertificate => from.issue({ commonName: 'alice', usage: 'client' });

  test.each([
    ['Either', 'good'],
    ['Request', 'good'],
    ['Header', 'none'],
  ])('by the settings of %s is %s', async (name, expected) => {
    // What the device itself writes into a header is nobody's word.
    expect(await endingFor(device(own()), name, forward(issue('bob')))).toBe(expected);
    expect(await endingFor(device(), name, forward(issue('bob')))).toBe('none');
  });

  test('has to be there at every later step', async () => {
    const [mine, another, without] = [device(own()), device(own()), device()];
    expect(await mine.next(await mine.start('Either'), [0])).toHaveProperty('tokenId');
    expect(await another.next(await mine.start('Either'), [0])).toMatchObject({ code: 401 });
    expect(await without.next(await mine.start('Either'), [0])).toMatchObject({ code: 401 });
  });

  test('of another authority is untrusted', async () => {
    expect(await endingFor(device(own(rogue)), 'Either')).toBe('untrusted');
  });
});

describe('the name of a person in a certificate', () => {
  const anchor = mint({ subject: 'CN=Names CA', ca: true, notBefore: NOW - HOUR, notAfter: NOW + HOUR });
  const upn = (value: string): Buffer => explicit(0, oid('1.3.6.1.4.1.311.20.2.3'), explicit(0, utf8(value)));
  const email = (value: string): Buffer => implicit(1, value);

  test.each<[string, object, string | readonly string[], readonly Buffer[] | undefined, string | undefined]>([
    ['SUBJECT_CN', {}, 'CN=alice', undefined, 'alice'],
    ['two CNs', {}, ['CN=alice', 'CN=bob'], undefined, undefined],
    ['NONE', { certificateAttributeToProfileMapping: 'NONE' }, 'CN=alice', undefined, undefined],
    [
      'SUBJECT_DN',
      { certificateAttributeToProfileMapping: 'SUBJECT_DN' },
      ['O=Contoso', 'CN=a,b'],
      undefined,
      'CN=a\\,b,O=Contoso',
    ],
    [
      'OTHER',
      { certificateAttributeToProfileMapping: 'OTHER', otherCertificateAttributeToProfileMapping: 'O' },
      ['O=Contoso', 'CN=alice'],
      undefined,
      'Contoso',
    ],
    [
      'UPN',
      { certificateAttributeProfileMappingExtension: 'UPN' },
      'CN=bob',
      [upn('älice@contoso.example')],
      'älice@contoso.example',
    ],
    [
      'RFC822_NAME',
      { certificateAttributeProfileMappingExtension: 'RFC822_NAME' },
      'CN=bob',
      [email('a@contoso.example')],
      'a@contoso.example',
    ],
    [
      'two of them',
      { certificateAttributeProfileMappingExtension: 'RFC822_NAME' },
      'CN=bob',
      [email('a@b.c'), email('b@b.c')],
      undefined,
    ],
    [
      'the subject where the extension is missing',
      { certificateAttributeProfileMappingExtension: 'UPN' },
      'CN=bob',
      undefined,
      'bob',
    ],
  ])('is found by %s', async (_, extracting, subject, names, expected) => {
    const leaf = mint({
      subject,
      issuer: anchor,
      notBefore: NOW - HOUR,
      notAfter: NOW + HOUR,
      ...(names && { names }),
    });
    const trees = { Name: { ...tree({}, {}, extracting as Record<string, unknown>) } };
    open(
      {
        Name: {
          nodes: {
            ...trees.Name.nodes,
            extract: extractor(extracting as Record<string, unknown>, 'show'),
            show: {
              type: 'PageNode',
              to: { true: SUCCESS, false: FAILURE },
              page: [
                { id: 'm', type: 'MetadataNode', config: { attributes: ['username'] } },
                { id: 'q', type: 'MessageNode' },
              ],
            },
          },
        },
      },
      {
        config: {
          certificates: {
            ...certificates,
            trust: { anchors: [pemOf(anchor.der, 'CERTIFICATE')], intermediates: [] },
          },
        },
      },
    );
    const step = await client.start('Name', forward(pemOf(leaf.der, 'CERTIFICATE')));
    const shown = outputOf(step, 0, 'data') as { username: string } | undefined;
    expect(shown?.username ?? outputOf(step, 0, 'message')).toBe(expected ?? 'unnamed');
  });
});

test('a certificate that was revoked, or of which nobody knows, is REVOKED', async () => {
  const times = { notBefore: NOW - HOUR, notAfter: NOW + HOUR };
  const anchor = mint({ subject: 'CN=Revoking CA', ca: true, ...times });
  const leaf = (serial: string) => {
    const { der } = mint({ subject: 'CN=alice', issuer: anchor, serial, ...times });
    return forward(pemOf(der, 'CERTIFICATE'));
  };
  const listed = (nextUpdate: number): void => {
    const crls = [mintList({ issuer: anchor, revoked: ['02'], thisUpdate: NOW - HOUR, nextUpdate })];
    const anchors = [pemOf(anchor.der, 'CERTIFICATE')];
    const trust = { anchors, intermediates: [], crls, crlPolicy: 'require' } as const;
    const nodes = { ...tree({}, { matchCertificateToCRL: true }).nodes };
    const { validate } = nodes;
    if (validate === undefined) throw new Error('the tree validates');
    nodes['revoked'] = say('revoked');
    nodes['validate'] = { ...validate, to: { ...validate.to, REVOKED: 'revoked' } };
    open({ Tree: { nodes } }, { config: { certificates: { ...certificates, trust } } });
  };
  listed(NOW + HOUR);
  expect(await ending('Tree', leaf('01'))).toBe('good');
  expect(await ending('Tree', leaf('02'))).toBe('revoked');
  listed(NOW - 1);
  expect(await ending('Tree', leaf('01'))).toBe('revoked');
});

test('a device id from a certificate reaches an IntuneNode by shared state', async () => {
  open({
    Device: {
      nodes: {
        collect: collector(),
        validate: {
          type: 'product-CertificateValidationNode',
          to: { TRUE: 'extract', PATH_VALIDATION_FAILED: FAILURE },
        },
        extract: extractor({}, 'intune'),
        unnamed: say('unnamed'),
        none: say('none'),
        intune: {
          type: 'IntuneNode',
          config: {
            inTuneSS: true,
            inTuneHeader: 'username',
            azureTenantId: TENANT_ID,
            appRegistrationClientId: CLIENT_ID,
          },
          to: { COMPLIANT: 'good', ERROR: 'none', UNKNOWN: 'none', NOID: 'none' },
        },
        good: say('good'),
      },
    },
  });
  expect(await ending('Device', forward(issue(DEVICE_ID)))).toBe('good');
  expect(await ending('Device', forward(issue('LAPTOP-1')))).toBe('none');
});

describe('the check', () => {
  const findingsOf = (
    fixture: TreeFixture,
    setup: Parameters<typeof composeCertificates>[0]['certificates'] = certificates,
  ) =>
    checkJourneys(readJourneys([journeyFile({ Tree: fixture })]), {
      types: NODE_TYPES,
      certificates: composeCertificates(
        { certificates: setup, from: [], peers: undefined },
        { now, revocationOf: undefined },
      ),
    })
      .findings.filter(({ severity }) => severity === 'error')
      .map(({ path }) => path.split('/').at(-1));

  test('finds nothing wrong with what can be done', () => {
    expect(findingsOf(tree({}, { checkCertificateExpiry: true }))).toEqual([]);
  });

  test('finds a validation that would refuse everybody', () => {
    const findings = checkJourneys(readJourneys([journeyFile({ Tree: tree() })]), {
      types: NODE_TYPES,
      certificates: composeCertificates(
        { certificates: undefined, from: [], peers: undefined },
        { now, revocationOf: undefined },
      ),
    }).findings.filter(({ severity }) => severity === 'error');
    expect(findings.map(({ node }) => node)).toEqual(['validate']);
  });

  test.each<[string, TreeFixture, string]>([
    ['no header', tree({ clientCertificateHttpHeaderName: ' ,' }), 'clientCertificateHttpHeaderName'],
    ['hosts that are none', tree({ trustedRemoteHosts: ['proxy'] }), 'trustedRemoteHosts'],
    ['any beside others', tree({ trustedRemoteHosts: ['any', '10.0.0.1'] }), 'trustedRemoteHosts'],
    ['a directory', tree({}, { matchCertificateInLdap: true }), 'matchCertificateInLdap'],
    ['lists nobody has', tree({}, { matchCertificateToCRL: true }), 'matchCertificateToCRL'],
    ['a responder nobody knows', tree({}, { ocspValidationEnabled: true }), 'ocspValidationEnabled'],
    [
      'another attribute without a name',
      tree({}, {}, { certificateAttributeToProfileMapping: 'OTHER' }),
      'otherCertificateAttributeToProfileMapping',
    ],
  ])('finds %s', (_, fixture, key) => {
    expect(findingsOf(fixture)).toEqual([key]);
  });
});
