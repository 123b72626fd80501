import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { IdentityStore } from '../../src/identity/identityStore.ts';
import type { MailSender } from '../../src/identity/mailSender.ts';
import { checkJourneys } from '../../src/journeys/check/checkJourneys.ts';
import { readJourneys } from '../../src/journeys/format/readJourneys.ts';
import { NODE_TYPES } from '../../src/journeys/nodeTypes.ts';
import { createMailSenders } from '../../src/mail/mailSenders.ts';
import type { MailServer } from '../../src/mail/mailServer.ts';
import { startSmtpServer, type TestSmtpServer } from '../mail/smtpServer.ts';
import { NOW } from '../support/fakeDirectory.ts';
import { createJourneyClient, outputOf, type JourneyAnswer } from '../support/journeyClient.ts';
import { FAILURE, journeyFile, SUCCESS, type TreeFixture } from '../support/journeyFixtures.ts';
import { createMemoryIdentityStore, type MemoryUser } from '../support/memoryIdentityStore.ts';
import { runAlone } from '../support/nodeHarness.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { addDevice, createTestPeople, TOTP_DEVICE, totpAt } from '../support/testPeople.ts';
import { ALICE, BOB, testJourneys, type TestJourneys } from '../support/testJourneys.ts';

const folder = temporaryFolder();
const anna = { ...ALICE, attributes: { mail: ['alice@contoso.example'] } };
const bob = { ...BOB, attributes: { mail: ['bob@contoso.example'] } };

let smtp: TestSmtpServer;
let servers: readonly MailServer[];
let time = NOW;
let people: IdentityStore;
let gate: TestJourneys;
const client = createJourneyClient(() => gate.app);

const senderOf = (config: Readonly<Record<string, unknown>> = {}) => ({
  type: 'OneTimePasswordSmtpSenderNode',
  config: {
    hostName: '127.0.0.1',
    hostPort: smtp.port,
    fromEmailAddress: 'gate@contoso.example',
    sslOption: 'START_TLS',
    ...config,
  },
  to: { outcome: 'collect' },
});

/** A name, and a code by e-mail instead of a password. Wrong answers may be tried again. */
const byMail = (config: Readonly<Record<string, unknown>> = {}): TreeFixture => ({
  nodes: {
    name: { type: 'UsernameCollectorNode', to: { outcome: 'generate' } },
    generate: { type: 'OneTimePasswordGeneratorNode', to: { outcome: 'send' } },
    send: senderOf(config),
    collect: { type: 'OneTimePasswordCollectorDecisionNode', to: { true: SUCCESS, false: 'again' } },
    again: {
      type: 'RetryLimitDecisionNode',
      config: { retryLimit: 10 },
      to: { Retry: 'collect', Reject: FAILURE },
    },
  },
});

/** After a wrong answer another name may be given. */
const another = (target: string): TreeFixture => {
  const { nodes } = byMail();
  return {
    nodes: {
      ...nodes,
      collect: { type: 'OneTimePasswordCollectorDecisionNode', to: { true: SUCCESS, false: 'other' } },
      other: { type: 'UsernameCollectorNode', to: { outcome: target } },
    },
  };
};

beforeAll(async () => {
  smtp = await startSmtpServer();
  servers = [
    { host: '127.0.0.1', port: smtp.port, security: 'startTls', caPems: [smtp.caPem], timeoutMs: 5_000 },
  ];
});
afterAll(() => smtp.close());
beforeEach(() => {
  time = NOW;
  smtp.received.length = 0;
  people = createTestPeople(folder, [anna, bob, { username: 'carl', password: 'x' }], () => time);
  gate = testJourneys({
    files: [
      journeyFile({
        Mail: byMail(),
        Own: byMail({ emailSubject: { en: 'Code' }, emailContent: { en: 'Use {{OTP}}, only {{OTP}}.' } }),
        Again: another('generate'),
        Skip: another('collect'),
      }),
    ],
    identities: people,
    mail: createMailSenders(servers),
    now: () => time,
  });
});

/** Gives the name; the code arrives by mail. */
async function asked(tree = 'Mail', name = 'alice'): Promise<JourneyAnswer> {
  return client.next(await client.start(tree), [name]);
}

const lastCode = (): string =>
  /(\d{8})/.exec(smtp.received.at(-1)?.text.split('\r\n\r\n')[1] ?? '')?.[1] ?? '';

describe('a one-time password by e-mail', () => {
  test('arrives as AM writes it, and signs in', async () => {
    const step = await asked();
    expect(step.callbacks).toEqual([
      {
        type: 'PasswordCallback',
        output: [{ name: 'prompt', value: 'One Time Password' }],
        input: [{ name: 'IDToken1', value: '' }],
      },
    ]);
    expect(smtp.received).toMatchObject([
      { from: 'gate@contoso.example', to: ['alice@contoso.example'], isSecure: true },
    ]);
    expect(smtp.received[0]?.text).toMatch(/^Subject: One Time Password\r$/m);
    expect(smtp.received[0]?.text).toMatch(/\r\n\r\nYour One Time Password:\d{8}\r\n$/);
    const { tokenId = '' } = await client.next(step, [lastCode()]);
    const live = await gate.composed.surface.sessions.find(tokenId);
    expect(live?.session).toMatchObject({ username: 'alice', methods: ['OneTimePassword'] });
  });

  test('says what the journey wants, with the code in each place', async () => {
    await asked('Own');
    const [, first, second] = /Use (\d{8}), only (\d{8})\./.exec(smtp.received[0]?.text ?? '') ?? [];
    expect(first).toBe(second);
    expect(smtp.received[0]?.text).toMatch(/^Subject: Code\r$/m);
  });

  test('asks again for nothing, and may be tried again', async () => {
    const again = await client.next(await asked(), ['']);
    expect(outputOf(again, 0, 'prompt')).toBe('One Time Password');
    const wrong = await client.next(again, ['00000000']);
    expect(await client.next(wrong, [lastCode()])).toHaveProperty('tokenId');
  });

  test('is not in what the client holds', async () => {
    const { authId } = await asked();
    const readable = authId.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect(lastCode()).toMatch(/^\d{8}$/);
    expect(readable.join('')).not.toContain(lastCode());
  });

  test('is taken once: stepping back wins no second guess', async () => {
    const step = await asked();
    const wrong = await client.next(step, ['00000000']);
    expect(await client.next(step, [lastCode()])).toMatchObject({ code: 401 });
    expect(await client.next(wrong, [lastCode()])).toHaveProperty('tokenId');
    expect(await client.next(wrong, [lastCode()])).toMatchObject({ code: 401 });
  });

  test('of the right answer sent twice at the same moment to gates that share people, one is taken', async () => {
    const step = await asked();
    const careless = { ...gate.memory, usedTokens: { claim: () => Promise.resolve(true) } };
    const other = testJourneys({
      files: [journeyFile({ Mail: byMail() })],
      identities: people,
      mail: createMailSenders(servers),
      memory: careless,
      now: () => time,
    });
    const there = createJourneyClient(() => other.app);
    const answers = await Promise.all(Array.from({ length: 3 }, () => there.next(step, [lastCode()])));
    expect(answers.filter(({ tokenId }) => tokenId !== undefined)).toHaveLength(1);
  });

  test('wrong answers lock the person, and a new message wins no further guess', async () => {
    let step = await asked();
    for (let tries = 0; tries < 5; tries += 1) step = await client.next(step, ['00000000']);
    expect(await client.next(step, [lastCode()])).not.toHaveProperty('tokenId');
    expect(await client.next(await asked(), [lastCode()])).not.toHaveProperty('tokenId');
    time += 901_000;
    expect(await client.next(await asked(), [lastCode()])).toHaveProperty('tokenId');
  });

  test('says nothing of the device: its right answer forgets no wrong codes of that', async () => {
    await addDevice(people, 'alice', TOTP_DEVICE);
    gate = testJourneys({
      files: [
        journeyFile({
          Mail: byMail(),
          Device: {
            nodes: {
              name: { type: 'UsernameCollectorNode', to: { outcome: 'verify' } },
              verify: {
                type: 'OathTokenVerifierNode',
                to: { successOutcome: SUCCESS, failureOutcome: FAILURE, notRegisteredOutcome: FAILURE },
              },
            },
          },
        }),
      ],
      identities: people,
      mail: createMailSenders(servers),
      now: () => time,
    });
    for (let tries = 0; tries < 4; tries += 1) await client.next(await asked('Device'), ['000000', 0]);
    expect(await client.next(await asked(), [lastCode()])).toHaveProperty('tokenId');
    await client.next(await asked('Device'), ['000000', 0]);
    expect(await client.next(await asked('Device'), [totpAt(time), 0])).not.toHaveProperty('tokenId');
    expect(await client.next(await asked(), [lastCode()])).toHaveProperty('tokenId');
  });

  test('that went to a mailbox that was typed, for a name nobody has, proves nothing of anybody else', async () => {
    const taken: string[] = [];
    const sender: MailSender = {
      isEncrypted: true,
      send({ text }) {
        taken.push(/\d{8}/.exec(text)?.[0] ?? '');
        return Promise.resolve({ is: 'sent' });
      },
    };
    const known: MemoryUser[] = [anna];
    gate = testJourneys({
      files: [
        journeyFile({
          Mail: {
            nodes: {
              page: {
                type: 'PageNode',
                to: { outcome: 'generate' },
                page: [
                  { id: 'mailbox', type: 'ValidatedUsernameNode', config: { usernameAttribute: 'mail' } },
                  { id: 'name', type: 'UsernameCollectorNode' },
                ],
              },
              generate: { type: 'OneTimePasswordGeneratorNode', to: { outcome: 'send' } },
              send: senderOf(),
              collect: {
                type: 'OneTimePasswordCollectorDecisionNode',
                to: { true: 'login', false: FAILURE },
              },
              login: {
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
          Later: {
            nodes: {
              page: {
                type: 'PageNode',
                to: { outcome: 'generate' },
                page: [
                  { id: 'mailbox', type: 'ValidatedUsernameNode', config: { usernameAttribute: 'mail' } },
                  { id: 'name', type: 'UsernameCollectorNode' },
                ],
              },
              generate: { type: 'OneTimePasswordGeneratorNode', to: { outcome: 'send' } },
              send: senderOf(),
              collect: {
                type: 'OneTimePasswordCollectorDecisionNode',
                to: { true: SUCCESS, false: FAILURE },
              },
            },
          },
        }),
      ],
      identities: { ...people, find: (name, signal) => createMemoryIdentityStore(known).find(name, signal) },
      mail: { find: () => sender },
      now: () => time,
    });
    const collect = await client.next(await client.start('Mail'), ['me@evil.example', 'mallory']);
    const login = await client.next(collect, [taken.at(-1)]);
    expect(login.callbacks).toHaveLength(2);
    expect(await client.next(login, [anna.username, anna.password])).toMatchObject({ code: 401 });
    // Nor of who gets the name meanwhile.
    const waiting = await client.next(await client.start('Later'), ['me@evil.example', 'newcomer']);
    known.push({ username: 'newcomer', password: 'x' });
    expect(await client.next(waiting, [taken.at(-1)])).toMatchObject({ code: 401 });
  });

  test('expires', async () => {
    gate = testJourneys({
      files: [journeyFile({ Mail: { ...byMail(), tree: { treeTimeout: 60 } } })],
      identities: people,
      mail: createMailSenders(servers),
      now: () => time,
    });
    const step = await asked();
    time += 301_000;
    const late = await client.next(step, [lastCode()]);
    expect(late).not.toHaveProperty('tokenId');
    expect(outputOf(late, 0, 'prompt')).toBe('One Time Password');
  });

  test('goes to the mailbox of whoever is named last, and to nobody else', async () => {
    const first = await asked('Again', 'bob');
    const name = await client.next(first, ['00000000']);
    const second = await client.next(name, ['alice']);
    expect(smtp.received.map(({ to }) => to[0])).toEqual(['bob@contoso.example', 'alice@contoso.example']);
    expect(await client.next(second, [lastCode()])).toHaveProperty('tokenId');
  });

  test('is of no use to anybody else', async () => {
    const name = await client.next(await asked('Skip', 'bob'), ['00000000']);
    const step = await client.next(name, ['alice']);
    expect(await client.next(step, [lastCode()])).not.toHaveProperty('tokenId');
  });

  test('is not sent to who has no address, nor to who is not there', async () => {
    expect(await asked('Mail', 'carl')).toMatchObject({ code: 401 });
    expect(await asked('Mail', 'nobody')).toMatchObject({ code: 401 });
    expect(smtp.received).toEqual([]);
  });

  test('is not sent more than ten times in a quarter of an hour', async () => {
    const taken: string[] = [];
    const sender: MailSender = {
      isEncrypted: true,
      send({ to }) {
        taken.push(to);
        return Promise.resolve({ is: 'sent' });
      },
    };
    gate = testJourneys({
      files: [journeyFile({ Mail: byMail() })],
      identities: people,
      mail: { find: () => sender },
      now: () => time,
    });
    for (let sent = 0; sent < 10; sent += 1) expect(await asked()).toHaveProperty('authId');
    expect(await asked()).toMatchObject({ code: 401 });
    expect(taken).toHaveLength(10);
    time += 900_001;
    expect(await asked()).toHaveProperty('authId');
  });
});

test('messages to one address are counted before they are sent, so that many at once are no more', async () => {
  let count = 0;
  let sent = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 30 }, () =>
      runAlone({
        type: 'OneTimePasswordSmtpSenderNode',
        config: { hostName: 'h', hostPort: 25, fromEmailAddress: 'gate@contoso.example' },
        shared: { emailAddress: 'alice@contoso.example' },
        transient: { oneTimePassword: '12345678' },
        ports: {
          // A store that is shared answers later, when the others have asked, too.
          attempts: {
            read: () => new Promise((resolve) => setImmediate(() => resolve(count))),
            increment: () => new Promise((resolve) => setImmediate(() => resolve((count += 1)))),
            clear: () => Promise.resolve(),
          },
          mail: {
            find: () => ({
              isEncrypted: true,
              send() {
                sent += 1;
                return Promise.resolve({ is: 'sent' });
              },
            }),
          },
        },
      }),
    ),
  );
  expect(sent).toBe(10);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
});

describe('the mail server of a node', () => {
  const findingsOf = (config: Readonly<Record<string, unknown>>, mail = createMailSenders(servers)) =>
    checkJourneys(readJourneys([journeyFile({ Mail: byMail(config) })]), { types: NODE_TYPES, mail })
      .findings.filter(({ severity }) => severity === 'error')
      .map(({ code, path }) => `${code} ${path.split('/').at(-1) ?? ''}`);

  test('has to be configured, by host and port', () => {
    expect(findingsOf({})).toEqual([]);
    expect(findingsOf({ hostPort: 25 })).toEqual(['badConfiguration hostName']);
    expect(findingsOf({ hostName: 'smtp.example' })).toEqual(['badConfiguration hostName']);
  });

  test('has to be as safe as the node wants it', () => {
    const clear = createMailSenders(servers.map((server) => ({ ...server, security: 'none' as const })));
    expect(findingsOf({ sslOption: 'NON_SSL' })).toEqual([]);
    expect(findingsOf({ sslOption: 'NON_SSL' }, clear)).toEqual([]);
    expect(findingsOf({ sslOption: null }, clear)).toEqual(['badConfiguration sslOption']);
  });

  test.each([
    [{ fromEmailAddress: 'Gate <gate@contoso.example>' }, 'fromEmailAddress'],
    [{ smsGatewayImplementationClass: 'com.example.Gateway' }, 'smsGatewayImplementationClass'],
    [{ hostPort: 0 }, 'hostPort'],
    [{ sslOption: 'TLS' }, 'sslOption'],
  ])('is refused with %o', (config, key) => {
    expect(findingsOf(config)).toEqual([`badConfiguration ${key}`]);
  });
});
