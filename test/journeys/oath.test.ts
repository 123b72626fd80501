import { beforeEach, describe, expect, test } from 'vitest';
import type { IdentityStore } from '../../src/identity/identityStore.ts';
import { decodeBase32, encodeBase32 } from '../../src/identity/oath/base32.ts';
import { oathCode } from '../../src/identity/oath/oathCode.ts';
import { NOW } from '../support/fakeDirectory.ts';
import { createJourneyClient, outputOf, type JourneyAnswer } from '../support/journeyClient.ts';
import {
  FAILURE,
  journeyFile,
  SUCCESS,
  type NodeFixture,
  type TreeFixture,
} from '../support/journeyFixtures.ts';
import { idOf } from '../support/memoryIdentityStore.ts';
import { loadJavascriptSdk, loadStepReaders } from '../support/pingSdks.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import {
  addDevice,
  createTestPeople,
  HOTP_DEVICE,
  hotpAt,
  TOTP_DEVICE,
  totpAt,
} from '../support/testPeople.ts';
import { ALICE, BOB, testJourneys, type TestJourneys } from '../support/testJourneys.ts';

const folder = temporaryFolder();
const NEVER = new AbortController().signal;

/** Name and password, and then what the test is about, which begins at `next`. */
const after = (nodes: Readonly<Record<string, NodeFixture>>): TreeFixture => ({
  nodes: {
    page: {
      type: 'PageNode',
      to: { outcome: 'check' },
      page: [
        { id: 'username', type: 'UsernameCollectorNode' },
        { id: 'password', type: 'PasswordCollectorNode' },
      ],
    },
    check: { type: 'DataStoreDecisionNode', to: { true: 'next', false: FAILURE } },
    ...nodes,
  },
});

/** A code; wrong ones may be tried again three times. Who has no device fails. */
const signIn = (config: Readonly<Record<string, unknown>>): TreeFixture =>
  after({
    next: {
      type: 'OathTokenVerifierNode',
      config: { isRecoveryCodeAllowed: true, ...config },
      to: {
        successOutcome: SUCCESS,
        failureOutcome: 'retry',
        notRegisteredOutcome: FAILURE,
        recoveryCodeOutcome: 'recovery',
      },
    },
    retry: { type: 'RetryLimitDecisionNode', to: { Retry: 'next', Reject: FAILURE } },
    recovery: { type: 'RecoveryCodeCollectorDecisionNode', to: { true: SUCCESS, false: 'recoveryRetry' } },
    recoveryRetry: { type: 'RetryLimitDecisionNode', to: { Retry: 'recovery', Reject: FAILURE } },
  });

const register = (config: Readonly<Record<string, unknown>>): TreeFixture =>
  after({
    next: {
      type: 'OathRegistrationNode',
      config: { issuer: 'Contoso', ...config },
      to: { successOutcome: 'codes', failureOutcome: FAILURE },
    },
    codes: { type: 'RecoveryCodeDisplayNode', to: { outcome: SUCCESS } },
  });

/** AM's wiring for a proof of possession: register, verify, store. */
const postponed = (verified: boolean): TreeFixture =>
  after({
    next: {
      type: 'OathRegistrationNode',
      config: { postponeDeviceProfileStorage: true },
      to: { successOutcome: verified ? 'verify' : 'store', failureOutcome: FAILURE },
    },
    verify: {
      type: 'OathTokenVerifierNode',
      to: { successOutcome: 'store', failureOutcome: 'verify', notRegisteredOutcome: FAILURE },
    },
    store: { type: 'OathDeviceStorageNode', to: { successOutcome: 'codes', failureOutcome: FAILURE } },
    codes: { type: 'RecoveryCodeDisplayNode', to: { outcome: SUCCESS } },
  });

let time = NOW;
let people: IdentityStore;
let gate: TestJourneys;
const client = createJourneyClient(() => gate.app);
beforeEach(async () => {
  time = NOW;
  people = createTestPeople(folder, [ALICE, BOB], () => time);
  await addDevice(people, 'alice', { ...TOTP_DEVICE, recoveryCodes: ['abcdefghij', 'ABCDEFGHIJ'] });
  await addDevice(people, 'alice', HOTP_DEVICE);
  gate = testJourneys({
    files: [
      journeyFile({
        Totp: signIn({}),
        Hotp: signIn({ algorithm: 'HOTP' }),
        Register: register({}),
        RegisterHotp: register({ algorithm: 'HOTP', generateRecoveryCodes: false }),
        Verified: postponed(true),
        Stored: postponed(false),
      }),
    ],
    identities: people,
    now: () => time,
  });
});

/** Passes the password. */
async function afterPassword(tree: string, user = ALICE): Promise<JourneyAnswer> {
  return client.next(await client.start(tree), [user.username, user.password]);
}

const devicesOf = (username: string) => people.otp.list(idOf(username), NEVER);

describe('signing in with a code', () => {
  test('asks as AM does, and says how it was proved', async () => {
    const step = await afterPassword('Totp');
    expect(step.callbacks).toEqual([
      {
        type: 'NameCallback',
        output: [{ name: 'prompt', value: 'Enter verification code' }],
        input: [{ name: 'IDToken1', value: '' }],
      },
      {
        type: 'ConfirmationCallback',
        output: [
          { name: 'prompt', value: '' },
          { name: 'messageType', value: 0 },
          { name: 'options', value: ['Submit', 'Use recovery code'] },
          { name: 'optionType', value: -1 },
          { name: 'defaultOption', value: 0 },
        ],
        input: [{ name: 'IDToken2', value: 0 }],
      },
    ]);
    const { tokenId = '' } = await client.next(step, [totpAt(time), 0]);
    const live = await gate.composed.surface.sessions.find(tokenId);
    expect(live?.session).toMatchObject({ username: 'alice', methods: ['DataStore', 'AuthenticatorOATH'] });
  });

  test('takes a code once, whoever comes with it', async () => {
    const [one, other] = [await afterPassword('Totp'), await afterPassword('Totp')];
    expect(await client.next(one, [totpAt(time), 0])).toHaveProperty('tokenId');
    const again = await client.next(other, [totpAt(time), 0]);
    expect(again).not.toHaveProperty('tokenId');
    expect(again.callbacks[0]?.type).toBe('NameCallback');
    time += 60_000;
    expect(await client.next(again, [totpAt(time), 0])).toHaveProperty('tokenId');
  });

  test('of one code sent at the same moment, one is taken', async () => {
    const steps = await Promise.all(Array.from({ length: 4 }, () => afterPassword('Totp')));
    const answers = await Promise.all(steps.map((step) => client.next(step, [totpAt(time), 0])));
    expect(answers.filter(({ tokenId }) => tokenId !== undefined)).toHaveLength(1);
  });

  test('stepping back wins no second guess', async () => {
    const step = await afterPassword('Totp');
    expect((await client.next(step, ['000000', 0])).callbacks[0]?.type).toBe('NameCallback');
    expect(await client.next(step, [totpAt(time), 0])).toMatchObject({ code: 401, message: 'Login failure' });
  });

  test('failures count for the person, in whatever journey they happen', async () => {
    for (let tries = 0; tries < 5; tries += 1) await client.next(await afterPassword('Totp'), ['000000', 0]);
    expect(await client.next(await afterPassword('Hotp'), [hotpAt(0), 0])).not.toHaveProperty('tokenId');
    time += 901_000;
    expect(await client.next(await afterPassword('Totp'), [totpAt(time), 0])).toHaveProperty('tokenId');
  });

  test('registering a device of one’s own forgets no wrong codes of another', async () => {
    for (let tries = 0; tries < 4; tries += 1) await client.next(await afterPassword('Totp'), ['000000', 0]);
    const shown = await afterPassword('Verified');
    const proved = await client.next(await client.next(shown, ['', 0]), [
      totpAt(time, readUri(shown).secret),
      0,
    ]);
    expect(String(outputOf(proved, 0, 'message'))).toContain('Your Recovery Codes');
    await client.next(await afterPassword('Totp'), ['000000', 0]);
    expect(await client.next(await afterPassword('Totp'), [totpAt(time), 0])).not.toHaveProperty('tokenId');
  });

  test('finds a token again that is ahead, and refuses what it has passed', async () => {
    expect(await client.next(await afterPassword('Hotp'), [hotpAt(101), 0])).not.toHaveProperty('tokenId');
    expect(await client.next(await afterPassword('Hotp'), [hotpAt(100), 0])).toHaveProperty('tokenId');
    expect(await client.next(await afterPassword('Hotp'), [hotpAt(100), 0])).not.toHaveProperty('tokenId');
    expect(await client.next(await afterPassword('Hotp'), [hotpAt(101), 0])).toHaveProperty('tokenId');
  });

  test('takes each recovery code once instead', async () => {
    const recover = async () => client.next(await afterPassword('Totp'), ['', 1]);
    const step = await recover();
    expect(outputOf(step, 0, 'prompt')).toBe('Recovery Code');
    const again = await client.next(step, ['']);
    expect(outputOf(again, 0, 'prompt')).toBe('Recovery Code');
    const { tokenId = '' } = await client.next(again, ['abcdefghij']);
    const live = await gate.composed.surface.sessions.find(tokenId);
    expect(live?.session.methods).toEqual(['DataStore', 'AuthenticatorOATH']);
    expect(await client.next(await recover(), ['abcdefghij'])).not.toHaveProperty('tokenId');
    expect(await client.next(await recover(), ['ABCDEFGHIJ'])).toHaveProperty('tokenId');
  });

  test('needs a device', async () => {
    expect(await afterPassword('Totp', BOB)).toMatchObject({ code: 401 });
  });
});

/** The URI a registration shows, and what an app makes of it. */
function readUri(step: JourneyAnswer): { readonly uri: URL; readonly secret: Uint8Array } {
  const uri = new URL(String(outputOf(step, 2, 'value')));
  return { uri, secret: decodeBase32(uri.searchParams.get('secret') ?? '') ?? new Uint8Array() };
}

/** As the SDKs see a step. */
async function seenBySdks(step: JourneyAnswer) {
  const { FRStep } = await loadJavascriptSdk();
  const seen = new FRStep(step);
  return (await loadStepReaders()).map((readers) => ({ ...readers, seen }));
}

describe('registering a device', () => {
  test('shows what AM shows, in a form both SDKs read', async () => {
    const step = await afterPassword('Register', BOB);
    expect(step.callbacks.map(({ type }) => type)).toEqual([
      'TextOutputCallback',
      'TextOutputCallback',
      'HiddenValueCallback',
      'ConfirmationCallback',
    ]);
    const { uri, secret } = readUri(step);
    expect(secret).toHaveLength(20);
    expect(uri.href).toMatch(
      /^otpauth:\/\/totp\/Contoso:bob\?secret=[A-Z2-7]{32}&period=30&digits=6&b=032b75&image=&uid=[\w-]+&oid=[\w-]+$/,
    );
    expect(outputOf(step, 2, 'id')).toBe('mfaDeviceRegistration');
    expect(outputOf(step, 3, 'options')).toEqual(['Next']);
    for (const { seen, qrCode } of await seenBySdks(step)) {
      expect(qrCode.isQRCodeStep(seen)).toBe(true);
      expect(qrCode.getQRCodeData(seen)).toEqual({
        message: outputOf(step, 0, 'message'),
        use: 'otp',
        uri: uri.href,
      });
    }
  });

  test('stores the device once a code of it was entered, shows recovery codes once, and they work once', async () => {
    const shown = await afterPassword('Register', BOB);
    const { secret } = readUri(shown);
    const proof = await client.next(shown, ['', 0]);
    expect(outputOf(proof, 0, 'prompt')).toBe('Enter verification code');
    expect(await devicesOf('bob')).toEqual([]);
    const wrong = await client.next(proof, ['000000', 0]);
    expect(outputOf(wrong, 0, 'messageType')).toBe('2');
    expect(await devicesOf('bob')).toEqual([]);
    const codes = await client.next(wrong, [totpAt(time, secret), 0]);
    expect(await devicesOf('bob')).toMatchObject([{ algorithm: 'totp', digits: 6, recoveryCodesLeft: 10 }]);

    let recovery: readonly string[] = [];
    for (const { seen, recoveryCodes } of await seenBySdks(codes)) {
      expect(recoveryCodes.isDisplayStep(seen)).toBe(true);
      recovery = recoveryCodes.getCodes(seen);
      expect(recovery).toHaveLength(10);
      expect(new Set(recovery.filter((code) => /^[A-Za-z0-9]{10}$/.test(code))).size).toBe(10);
      expect(recoveryCodes.getDeviceName(seen)).toBe('OATH Device');
    }
    const { tokenId = '' } = await client.next(codes, []);
    expect(await gate.composed.surface.sessions.find(tokenId)).toBeDefined();

    // The code of the registration does not work again; the next one does.
    expect(await client.next(await afterPassword('Totp', BOB), [totpAt(time, secret), 0])).not.toHaveProperty(
      'tokenId',
    );
    time += 60_000;
    expect(await client.next(await afterPassword('Totp', BOB), [totpAt(time, secret), 0])).toHaveProperty(
      'tokenId',
    );
    const recover = async () =>
      client.next(await client.next(await afterPassword('Totp', BOB), ['', 1]), [recovery[3]]);
    expect(await recover()).toHaveProperty('tokenId');
    expect(await recover()).not.toHaveProperty('tokenId');
  });

  test('shows recovery codes again where a page still asks', async () => {
    const { nodes } = register({});
    gate = testJourneys({
      files: [
        journeyFile({
          Register: {
            nodes: {
              ...nodes,
              codes: {
                type: 'PageNode',
                to: { outcome: SUCCESS },
                page: [
                  { id: 'display', type: 'RecoveryCodeDisplayNode' },
                  { id: 'again', type: 'PasswordCollectorNode' },
                ],
              },
            },
          },
        }),
      ],
      identities: people,
      now: () => time,
    });
    const shown = await afterPassword('Register', BOB);
    const proof = await client.next(shown, ['', 0]);
    const codes = await client.next(proof, [totpAt(time, readUri(shown).secret), 0]);
    const again = await client.next(codes, ['']);
    expect(outputOf(again, 0, 'message')).toBe(outputOf(codes, 0, 'message'));
    expect(await client.next(again, ['anything'])).toHaveProperty('tokenId');
  });

  test('begins with another secret for any other answer', async () => {
    const shown = await afterPassword('Register', BOB);
    const again = await client.next(shown, ['', 1]);
    expect(readUri(again).uri.href).not.toBe(readUri(shown).uri.href);
    const proof = await client.next(again, ['', 0]);
    expect(await client.next(proof, [totpAt(time, readUri(shown).secret), 0])).not.toHaveProperty('tokenId');
    expect(await devicesOf('bob')).toEqual([]);
  });

  test('fails after five wrong codes', async () => {
    let step = await client.next(await afterPassword('Register', BOB), ['', 0]);
    for (let tries = 0; tries < 4; tries += 1) step = await client.next(step, ['000000', 0]);
    expect(outputOf(step, 1, 'prompt')).toBe('Enter verification code');
    expect(await client.next(step, ['000000', 0])).toMatchObject({ code: 401 });
    expect(await devicesOf('bob')).toEqual([]);
  });

  test('knows counters, and may do without recovery codes', async () => {
    const shown = await afterPassword('RegisterHotp', BOB);
    const { uri, secret } = readUri(shown);
    expect(uri.href).toMatch(/^otpauth:\/\/hotp\/.*&counter=0&/);
    const proof = await client.next(shown, ['', 0]);
    const end = await client.next(proof, [oathCode(secret, 0, { digits: 6 }), 0]);
    expect(end).toHaveProperty('tokenId');
    expect(await devicesOf('bob')).toMatchObject([
      { algorithm: 'hotp', progress: { counter: 1 }, recoveryCodesLeft: 0 },
    ]);
  });

  test('verified and stored by nodes of their own, asks for one code alone, which does not work again', async () => {
    const shown = await afterPassword('Verified', BOB);
    const { secret } = readUri(shown);
    const verify = await client.next(shown, ['', 0]);
    const again = await client.next(verify, ['000000', 0]);
    expect(await devicesOf('bob')).toEqual([]);
    const codes = await client.next(again, [totpAt(time, secret), 0]);
    expect(String(outputOf(codes, 0, 'message'))).toContain('Your Recovery Codes');
    const { tokenId = '' } = await client.next(codes, []);
    expect((await gate.composed.surface.sessions.find(tokenId))?.session.methods).toEqual([
      'DataStore',
      'AuthenticatorOATH',
    ]);
    expect(await client.next(await afterPassword('Totp', BOB), [totpAt(time, secret), 0])).not.toHaveProperty(
      'tokenId',
    );
  });

  test('of one code of a device that is not stored yet, sent at the same moment, one is taken', async () => {
    const shown = await afterPassword('Verified', BOB);
    const { secret } = readUri(shown);
    const verify = await client.next(shown, ['', 0]);
    // Another gate, which does not know that the step is taken.
    const other = testJourneys({
      files: [journeyFile({ Verified: postponed(true) })],
      identities: people,
      now: () => time,
      memory: { ...gate.memory, usedTokens: { claim: () => Promise.resolve(true) } },
    });
    const there = createJourneyClient(() => other.app);
    const answers = await Promise.all([
      there.next(verify, [totpAt(time, secret), 0]),
      there.next(verify, [totpAt(time, secret), 0]),
    ]);
    const stored = answers.filter((step) => String(outputOf(step, 0, 'message')).includes('Recovery'));
    expect(stored).toHaveLength(1);
    expect(await devicesOf('bob')).toHaveLength(1);
  });

  test('that is stored without being verified, is asked for a code by the node that stores it', async () => {
    const proof = await client.next(await afterPassword('Stored', BOB), ['', 0]);
    expect(outputOf(proof, 0, 'prompt')).toBe('Enter verification code');
    expect(await devicesOf('bob')).toEqual([]);
  });

  test('shows no secret beside its URI: neither the step nor its token can be read', async () => {
    const shown = await afterPassword('Register', BOB);
    const { secret } = readUri(shown);
    const proof = await client.next(shown, ['', 0]);
    const seen =
      JSON.stringify(proof) +
      proof.authId
        .split('.')
        .map((part) => Buffer.from(part, 'base64url').toString('latin1'))
        .join('');
    expect(seen).not.toContain(Buffer.from(secret).toString('base64url'));
    expect(seen).not.toContain(Buffer.from(secret).toString('hex'));
    expect(seen).not.toContain(encodeBase32(secret));
  });
});
