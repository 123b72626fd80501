import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decodeBase32 } from '../../src/identity/oath/base32.ts';
import { createMailSenders } from '../../src/mail/mailSenders.ts';
import { startSmtpServer } from '../mail/smtpServer.ts';
import type { MemoryUser } from '../support/memoryIdentityStore.ts';
import { DEVICE_ID, fakeDirectory, managedDevice } from '../support/fakeDirectory.ts';
import { FAILURE, journeyFile, LOGIN, SUCCESS, type TreeFixture } from '../support/journeyFixtures.ts';
import {
  loadJavascriptSdk,
  loadJourneyClient,
  loadStepReaders,
  pretendBrowser,
  type SdkStep,
} from '../support/pingSdks.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createTestPeople, totpAt } from '../support/testPeople.ts';
import { ALICE, BOB, CLIENT_ID, TENANT_ID, testJourneys } from '../support/testJourneys.ts';

/** A login with everything clients have to cope with: a page, a choice, a message, a wait, texts beside them. */
const LONG: TreeFixture = {
  nodes: {
    language: {
      type: 'ChoiceCollectorNode',
      to: { English: 'page', Deutsch: 'page' },
      config: { prompt: 'Language', choices: ['English', 'Deutsch'], defaultChoice: 'Deutsch' },
    },
    page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'check' } },
    check: { type: 'DataStoreDecisionNode', to: { true: 'wait', false: 'retry' } },
    retry: {
      type: 'RetryLimitDecisionNode',
      to: { Retry: 'page', Reject: FAILURE },
      config: { retryLimit: 2 },
    },
    wait: {
      type: 'PollingWaitNode',
      to: { DONE: 'message', EXITED: 'message' },
      config: { secondsToWait: 1, exitable: true },
    },
    message: {
      type: 'MessageNode',
      to: { true: SUCCESS, false: FAILURE },
      config: { message: { en: 'Go on?' } },
    },
  },
};

const DEVICE: TreeFixture = {
  nodes: {
    page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'check' } },
    check: { type: 'DataStoreDecisionNode', to: { true: 'intune', false: FAILURE } },
    intune: {
      type: 'IntuneNode',
      to: { COMPLIANT: 'level', NOID: FAILURE },
      config: { azureTenantId: TENANT_ID, appRegistrationClientId: CLIENT_ID },
    },
    level: { type: 'ModifyAuthLevelNode', to: { outcome: SUCCESS }, config: { authLevelIncrement: 3 } },
  },
};

const checked = {
  page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'check' } },
  check: { type: 'DataStoreDecisionNode', to: { true: 'next', false: FAILURE } },
};
/** Registers a device, and shows recovery codes. */
const REGISTER: TreeFixture = {
  nodes: {
    ...checked,
    next: { type: 'OathRegistrationNode', to: { successOutcome: 'codes', failureOutcome: FAILURE } },
    codes: { type: 'RecoveryCodeDisplayNode', to: { outcome: SUCCESS } },
  },
};
/** A code of the device, or a recovery code. */
const TOTP: TreeFixture = {
  nodes: {
    ...checked,
    next: {
      type: 'OathTokenVerifierNode',
      config: { isRecoveryCodeAllowed: true },
      to: {
        successOutcome: SUCCESS,
        failureOutcome: FAILURE,
        notRegisteredOutcome: FAILURE,
        recoveryCodeOutcome: 'recovery',
      },
    },
    recovery: { type: 'RecoveryCodeCollectorDecisionNode', to: { true: SUCCESS, false: FAILURE } },
  },
};

const smtp = await startSmtpServer();
/** A code by e-mail. */
const MAIL: TreeFixture = {
  nodes: {
    ...checked,
    next: { type: 'OneTimePasswordGeneratorNode', to: { outcome: 'send' } },
    send: {
      type: 'OneTimePasswordSmtpSenderNode',
      config: {
        hostName: '127.0.0.1',
        hostPort: smtp.port,
        sslOption: 'START_TLS',
        fromEmailAddress: 'gate@contoso.example',
      },
      to: { outcome: 'collect' },
    },
    collect: { type: 'OneTimePasswordCollectorDecisionNode', to: { true: SUCCESS, false: 'collect' } },
  },
};
const mailServer = {
  host: '127.0.0.1',
  port: smtp.port,
  security: 'startTls',
  caPems: [smtp.caPem],
  timeoutMs: 5_000,
} as const;
/** People whose devices are kept in files. */
const withMail = (user: MemoryUser): MemoryUser => ({
  ...user,
  attributes: { mail: [`${user.username}@contoso.example`] },
});

/** Some time may pass at once. */
let ahead = 0;
const now = (): number => Date.now() + ahead;

let base = '';
const gate = testJourneys({
  files: [
    journeyFile({ Login: LOGIN, Long: LONG, Device: DEVICE, Register: REGISTER, Totp: TOTP, Mail: MAIL }),
  ],
  identities: createTestPeople(temporaryFolder(), [ALICE, BOB].map(withMail), now),
  mail: createMailSenders([mailServer]),
  now,
  directory: fakeDirectory([managedDevice({ lastSync: Date.now() })]),
});
const browser = pretendBrowser({ 'x-intune': `CN=${DEVICE_ID}` });

beforeAll(async () => {
  base = await gate.app.listen({ host: '127.0.0.1', port: 0 });
});
beforeEach(() => browser.cookies.clear());
afterAll(async () => {
  browser.restore();
  await gate.app.close();
  await smtp.close();
});

/** One way to drive a journey; both SDKs are driven through the same scenarios. */
interface Client {
  start(tree: string): Promise<SdkStep>;
  next(step: SdkStep): Promise<SdkStep>;
  logout(): Promise<unknown>;
}

const clients: readonly (readonly [string, () => Promise<Client>])[] = [
  [
    '@forgerock/javascript-sdk',
    async () => {
      const { Config, FRAuth, SessionManager } = await loadJavascriptSdk();
      let tree = '';
      const configure = () =>
        Config.set({ serverConfig: { baseUrl: `${base}/`, timeout: 10_000 }, realmPath: 'root', tree });
      return {
        start(name) {
          tree = name;
          configure();
          return FRAuth.next();
        },
        next: (step) => FRAuth.next(step),
        logout: () => SessionManager.logout(),
      };
    },
  ],
  [
    '@forgerock/journey-client',
    async () => {
      const { journey } = await loadJourneyClient();
      const client = await journey({
        config: {
          serverConfig: { wellknown: `${base}/oauth2/realms/root/.well-known/openid-configuration` },
        },
      });
      return {
        start: (name) => client.start({ journey: name }),
        next: (step) => client.next(step),
        logout: () => client.terminate(),
      };
    },
  ],
];

function fill(step: SdkStep, values: readonly unknown[]): SdkStep {
  const rest = [...values];
  for (const callback of step.callbacks) {
    const type = callback.getType();
    if (/^(?:TextOutput|Metadata|PollingWait)Callback$/.test(type)) continue;
    if (rest.length > 0) callback.setInputValue(rest.shift());
  }
  return step;
}

const typesOf = (step: SdkStep): readonly string[] => step.callbacks.map((callback) => callback.getType());

describe.each(clients)('%s', (sdk, open) => {
  test('signs in, and out', async () => {
    const client = await open();
    const page = await client.start('Login');
    expect(page.type).toBe('Step');
    expect(typesOf(page)).toEqual(['NameCallback', 'PasswordCallback']);
    expect([page.getStage?.(), page.getHeader?.()]).toEqual(['Login', 'Sign in']);
    const end = await client.next(fill(page, ['alice', 'correct horse']));
    expect(end.type).toBe('LoginSuccess');
    expect(end.getSuccessUrl?.()).toBe('/');
    const token = end.getSessionToken?.() ?? '';
    expect(await gate.composed.surface.sessions.find(token)).toMatchObject({
      session: { username: 'alice' },
    });
    expect(browser.cookies.get('iPlanetDirectoryPro')).toBe(token);
    await client.logout();
    expect(await gate.composed.surface.sessions.find(token)).toBeUndefined();
    expect(browser.cookies.has('iPlanetDirectoryPro')).toBe(false);
  });

  test('learns that a login failed', async () => {
    const client = await open();
    const end = await client.next(fill(await client.start('Login'), ['alice', 'wrong']));
    expect(end.type).toBe('LoginFailure');
    expect(end.getCode?.()).toBe(401);
    expect(end.getMessage?.()).toBe('Login failure');
  });

  test('is asked again for what is empty', async () => {
    const client = await open();
    const again = await client.next(fill(await client.start('Login'), ['', 'correct horse']));
    expect(typesOf(again)).toEqual(['NameCallback', 'PasswordCallback']);
    expect((await client.next(fill(again, ['alice', 'correct horse']))).type).toBe('LoginSuccess');
  });

  test('goes a long way: choice, a second try, wait, message', async () => {
    const client = await open();
    const choice = await client.start('Long');
    expect(typesOf(choice)).toEqual(['ChoiceCallback']);
    expect(choice.callbacks[0]?.getOutputByName('defaultChoice', -1)).toBe(1);
    const first = await client.next(fill(choice, [0]));
    const second = await client.next(fill(first, ['alice', 'wrong']));
    expect(typesOf(second)).toEqual(['NameCallback', 'PasswordCallback']);
    const wait = await client.next(fill(second, ['alice', 'correct horse']));
    expect(typesOf(wait)).toEqual(['PollingWaitCallback', 'ConfirmationCallback']);
    const message = await client.next(fill(wait, [0]));
    expect(typesOf(message)).toEqual(['TextOutputCallback', 'ConfirmationCallback']);
    expect(message.callbacks[0]?.getOutputByName('message', '')).toBe('Go on?');
    expect((await client.next(fill(message, [0]))).type).toBe('LoginSuccess');
  });

  test('is refused after too many tries', async () => {
    const client = await open();
    let step = await client.next(fill(await client.start('Long'), [0]));
    for (let tries = 0; tries < 2; tries += 1) step = await client.next(fill(step, ['bob', 'wrong']));
    expect(step.type).toBe('Step');
    step = await client.next(fill(step, ['bob', 'wrong']));
    expect(step.type).toBe('LoginFailure');
  });

  test('gets a level for a compliant device', async () => {
    const client = await open();
    const end = await client.next(fill(await client.start('Device'), ['alice', 'correct horse']));
    expect(end.type).toBe('LoginSuccess');
    const found = await gate.composed.surface.sessions.find(end.getSessionToken?.() ?? '');
    expect(found?.session).toMatchObject({ authLevel: 3, device: { id: DEVICE_ID, outcome: 'Compliant' } });
  });

  test('registers a device, signs in with its code once, and with a recovery code once', async () => {
    const client = await open();
    // Each client has a person to itself, as a device is registered once.
    const { username, password } = sdk.includes('javascript') ? ALICE : BOB;
    const begin = async (tree: string) => client.next(fill(await client.start(tree), [username, password]));
    const [readers] = (await loadStepReaders()).slice(sdk.includes('javascript') ? 0 : 1);
    if (readers === undefined) throw new Error('each SDK reads steps');

    const shown = await begin('Register');
    expect(readers.qrCode.isQRCodeStep(shown)).toBe(true);
    const { uri } = readers.qrCode.getQRCodeData(shown);
    const secret = decodeBase32(new URL(uri).searchParams.get('secret') ?? '') ?? Buffer.alloc(0);
    const proof = await client.next(shown);
    expect(typesOf(proof)).toEqual(['NameCallback', 'ConfirmationCallback']);
    const shownCodes = await client.next(fill(proof, [totpAt(now(), secret)]));
    expect(readers.recoveryCodes.isDisplayStep(shownCodes)).toBe(true);
    const codes = readers.recoveryCodes.getCodes(shownCodes);
    expect(codes).toHaveLength(10);
    expect((await client.next(shownCodes)).type).toBe('LoginSuccess');

    browser.cookies.clear();
    // The next code, which comes after the step that was accepted.
    ahead += 60_000;
    const code = totpAt(now(), secret);
    const end = await client.next(fill(await begin('Totp'), [code, 0]));
    expect(end.type).toBe('LoginSuccess');
    const found = await gate.composed.surface.sessions.find(end.getSessionToken?.() ?? '');
    expect(found?.session.methods).toEqual(['DataStore', 'AuthenticatorOATH']);
    browser.cookies.clear();
    expect((await client.next(fill(await begin('Totp'), [code, 0]))).type).toBe('LoginFailure');

    for (const expected of ['LoginSuccess', 'LoginFailure']) {
      browser.cookies.clear();
      const recovery = await client.next(fill(await begin('Totp'), ['', 1]));
      expect((await client.next(fill(recovery, [codes[0]]))).type).toBe(expected);
    }
  });

  test('signs in with a code by e-mail', async () => {
    const client = await open();
    // Failed codes of one person lock that person for every kind of code.
    const { username, password } = sdk.includes('javascript') ? BOB : ALICE;
    const asked = await client.next(fill(await client.start('Mail'), [username, password]));
    expect(typesOf(asked)).toEqual(['PasswordCallback']);
    const mail = smtp.received.at(-1);
    expect(mail?.to).toEqual([`${username}@contoso.example`]);
    const again = await client.next(fill(asked, ['00000000']));
    expect(again.type).toBe('Step');
    const code = /Password:(\d{8})/.exec(mail?.text ?? '')?.[1];
    expect((await client.next(fill(again, [code]))).type).toBe('LoginSuccess');
  });

  test('learns of a journey there is not', async () => {
    const client = await open();
    const end = await client.start('Nothing');
    expect(end.type).toBe('LoginFailure');
    expect(end.getMessage?.()).toBe('No Configuration found');
  });
});
