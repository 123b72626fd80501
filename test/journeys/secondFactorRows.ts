import { expect } from 'vitest';
import type { MailMessage, MailSenders } from '../../src/identity/mailSender.ts';
import type { IdentityStore } from '../../src/identity/identityStore.ts';
import { callbacks } from '../../src/journeys/callbacks/callback.ts';
import { NOW } from '../support/fakeDirectory.ts';
import { idOf } from '../support/memoryIdentityStore.ts';
import type { NodeRow } from '../support/nodeHarness.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { addDevice, createTestPeople, SECRET, TOTP_DEVICE, totpAt } from '../support/testPeople.ts';
import { ALICE, BOB } from '../support/testJourneys.ts';

const submit = (...options: string[]) => callbacks.confirmation({ options, defaultOption: 0 });

/** Alice has a device, Bob has none. */
const identities = createTestPeople(
  temporaryFolder(),
  [{ ...ALICE, attributes: { mail: ['alice@contoso.example'] } }, BOB],
  () => NOW,
);
await addDevice(identities, 'alice', { ...TOTP_DEVICE, recoveryCodes: ['abcdefghij'] });

/** Mail servers that take or refuse everything. */
const mailed: MailMessage[] = [];
const taking: MailSenders = {
  find: () => ({
    isEncrypted: true,
    send(message) {
      mailed.push(message);
      return Promise.resolve({ is: 'sent' });
    },
  }),
};
const smtp = { hostName: 'smtp.example', hostPort: 465, fromEmailAddress: 'gate@contoso.example' };
const sent = { oneTimePassword: '12345678', oneTimePasswordTimestamp: NOW / 1_000 };
const like = (pattern: RegExp): string => expect.stringMatching(pattern) as string;
const unlike = (some: object): object => expect.not.objectContaining(some) as object;
const text = (pattern: RegExp, type: '0' | '4') => ({
  type: 'TextOutputCallback',
  output: [
    { name: 'message', value: like(pattern) },
    { name: 'messageType', value: type },
  ],
});
/** A device of alice's that is being registered. */
const pending = {
  identityId: idOf('alice'),
  id: 'device-9',
  name: 'OATH Device',
  algorithm: 'totp',
  digits: 6,
  secret: Buffer.from(SECRET).toString('base64url'),
  driftSeconds: 0,
  counter: 0,
  intervalSeconds: 30,
  hash: 'sha1',
  isAsked: true,
};
const OTPAUTH = {
  type: 'HiddenValueCallback',
  output: [
    { name: 'value', value: like(/^otpauth:\/\/totp\/ForgeRock:alice\?secret=/) },
    { name: 'id', value: 'mfaDeviceRegistration' },
  ],
};
const codeQuestion = [callbacks.name('Enter verification code'), submit('Submit')];

const switched: (readonly [string, boolean])[] = [];
const switchable: IdentityStore = {
  ...identities,
  setActive(id, active) {
    switched.push([id, active]);
    return Promise.resolve();
  },
};

const alice = { shared: { username: 'alice' }, ports: { identities } };
const bob = { shared: { username: 'bob' }, ports: { identities } };

/** Nodes of second factors, each alone. */
export const SECOND_FACTOR_ROWS: readonly NodeRow[] = [
  [
    'asks for a code',
    { type: 'OathTokenVerifierNode', ...alice },
    { asks: [callbacks.name('Enter verification code'), submit('Submit')] },
  ],
  [
    'offers recovery codes',
    { type: 'OathTokenVerifierNode', config: { isRecoveryCodeAllowed: true }, ...alice },
    { asks: [callbacks.name('Enter verification code'), submit('Submit', 'Use recovery code')] },
  ],
  [
    'lets a recovery code be used',
    { type: 'OathTokenVerifierNode', config: { isRecoveryCodeAllowed: true }, ...alice, answers: ['', 1] },
    { outcome: 'recoveryCodeOutcome' },
  ],
  [
    'does not let one be used that is not offered',
    { type: 'OathTokenVerifierNode', ...alice, answers: ['', 1] },
    { outcome: 'failureOutcome' },
  ],
  [
    'refuses a wrong code',
    { type: 'OathTokenVerifierNode', ...alice, answers: ['000000', 0] },
    { outcome: 'failureOutcome' },
  ],
  [
    'refuses a code of another hash',
    {
      type: 'OathTokenVerifierNode',
      config: { totpHashAlgorithm: 'HMAC_SHA512' },
      ...alice,
      answers: [totpAt(NOW), 0],
    },
    { outcome: 'failureOutcome' },
  ],
  [
    'accepts the code',
    { type: 'OathTokenVerifierNode', ...alice, answers: [totpAt(NOW), 0] },
    { outcome: 'successOutcome', effects: { method: 'AuthenticatorOATH' } },
  ],
  [
    'says who has no device',
    { type: 'OathTokenVerifierNode', ...bob },
    { outcome: 'notRegisteredOutcome', shared: { username: 'bob', mfaMethod: 'oath' } },
  ],
  [
    'says who has none of this kind',
    { type: 'OathTokenVerifierNode', config: { algorithm: 'HOTP' }, ...alice },
    { outcome: 'notRegisteredOutcome', shared: { username: 'alice', mfaMethod: 'oath' } },
  ],
  [
    'asks for a code of a device that is being registered',
    {
      type: 'OathTokenVerifierNode',
      ...bob,
      secure: { oathDeviceProfile: { ...pending, identityId: idOf('bob') } },
    },
    { asks: codeQuestion },
  ],
  [
    'does not take somebody else’s device for one',
    { type: 'OathTokenVerifierNode', ...bob, secure: { oathDeviceProfile: pending } },
    { outcome: 'notRegisteredOutcome', shared: { username: 'bob', mfaMethod: 'oath' } },
  ],
  [
    'shows a QR code',
    { type: 'OathRegistrationNode', ...alice },
    {
      asks: [
        text(/^Scan the QR code image below/, '0'),
        text(/^window\.QRCodeReader/, '4'),
        OTPAUTH,
        submit('Next'),
      ],
      transient: { oathDeviceProfile: expect.objectContaining({ isAsked: false }) },
    },
  ],
  [
    'shows another one for any answer but Next',
    {
      type: 'OathRegistrationNode',
      ...alice,
      transient: { oathDeviceProfile: { ...pending, isAsked: false } },
      answers: [undefined, undefined, '', 1],
    },
    {
      asks: [text(/^Scan/, '0'), text(/^window/, '4'), OTPAUTH, submit('Next')],
      transient: { oathDeviceProfile: unlike({ id: 'device-9' }) },
    },
  ],
  [
    'asks for a code after Next',
    {
      type: 'OathRegistrationNode',
      ...alice,
      transient: { oathDeviceProfile: { ...pending, isAsked: false } },
      answers: [undefined, undefined, '', 0],
    },
    { asks: codeQuestion, transient: { oathDeviceProfile: pending } },
  ],
  [
    'leaves the device in state where storing is postponed, and not in shared state',
    {
      type: 'OathRegistrationNode',
      config: { postponeDeviceProfileStorage: true },
      ...alice,
      transient: { oathDeviceProfile: { ...pending, isAsked: false } },
      answers: [undefined, undefined, '', 0],
    },
    {
      outcome: 'successOutcome',
      shared: { username: 'alice', oathEnableRecoveryCode: true },
      transient: { oathDeviceProfile: { ...pending, isAsked: false } },
    },
  ],
  [
    'stores a device with a right code',
    {
      type: 'OathRegistrationNode',
      ...alice,
      transient: { oathDeviceProfile: { ...pending, id: 'device-10' } },
      answers: [totpAt(NOW), 0],
    },
    {
      outcome: 'successOutcome',
      transient: { recoveryCodes: expect.any(Array), recoveryCodeDeviceName: 'OATH Device' },
    },
  ],
  [
    'fails where the id is taken',
    {
      type: 'OathRegistrationNode',
      ...alice,
      transient: { oathDeviceProfile: { ...pending, id: 'device-1' } },
      answers: [totpAt(NOW), 0],
    },
    { outcome: 'failureOutcome', transient: {} },
  ],
  [
    'fails without a device to store',
    { type: 'OathDeviceStorageNode', ...alice },
    { outcome: 'failureOutcome' },
  ],
  [
    'fails for what is no device',
    { type: 'OathDeviceStorageNode', ...alice, shared: { username: 'alice', oathDeviceProfile: 'eyJ9' } },
    { outcome: 'failureOutcome' },
  ],
  [
    'fails for the device of somebody else',
    { type: 'OathDeviceStorageNode', ...bob, transient: { oathDeviceProfile: { ...pending, counter: 1 } } },
    { outcome: 'failureOutcome' },
  ],
  [
    'stores a device that was proved',
    {
      type: 'OathDeviceStorageNode',
      ...alice,
      secure: { oathDeviceProfile: { ...pending, lastAcceptedSeconds: NOW / 1_000 } },
    },
    { outcome: 'successOutcome' },
  ],
  ['shows no recovery codes if there are none', { type: 'RecoveryCodeDisplayNode' }, { outcome: 'outcome' }],
  [
    'shows recovery codes',
    { type: 'RecoveryCodeDisplayNode', secure: { recoveryCodes: ['aB3'], recoveryCodeDeviceName: '<b>"&' } },
    {
      asks: [text(/\n {4}"aB3\\n" \+[^]*<em>&lt;b&gt;&quot;&amp;<\/em>/, '4')],
      transient: { recoveryCodes: ['aB3'] },
    },
  ],
  [
    'goes on after showing them',
    { type: 'RecoveryCodeDisplayNode', secure: { recoveryCodes: ['aB3'] }, answers: [undefined] },
    { outcome: 'outcome', transient: { recoveryCodes: ['aB3'] } },
  ],
  [
    'asks for a recovery code',
    { type: 'RecoveryCodeCollectorDecisionNode', ...alice },
    { asks: [callbacks.name('Recovery Code')] },
  ],
  [
    'refuses a wrong one',
    { type: 'RecoveryCodeCollectorDecisionNode', ...alice, answers: ['abcdefghik'] },
    { outcome: 'false' },
  ],
  [
    'accepts one',
    { type: 'RecoveryCodeCollectorDecisionNode', ...alice, answers: ['abcdefghij'] },
    { outcome: 'true', effects: { method: 'AuthenticatorOATH' } },
  ],
  [
    'makes a one-time password',
    { type: 'OneTimePasswordGeneratorNode', ...alice },
    {
      outcome: 'outcome',
      transient: {
        oneTimePassword: like(/^\d{8}$/),
        oneTimePasswordTimestamp: NOW / 1_000,
        oneTimePasswordOwner: 'alice',
      },
    },
  ],
  [
    'makes a longer one for nobody yet',
    { type: 'OneTimePasswordGeneratorNode', config: { length: 12 } },
    {
      outcome: 'outcome',
      transient: {
        oneTimePassword: like(/^\d{12}$/),
        oneTimePasswordTimestamp: NOW / 1_000,
        oneTimePasswordOwner: null,
      },
    },
  ],
  [
    'sends it to the person',
    {
      type: 'OneTimePasswordSmtpSenderNode',
      config: { ...smtp, emailAttribute: 'mail' },
      ...alice,
      transient: sent,
      ports: { identities, mail: taking },
    },
    {
      outcome: 'outcome',
      shared: { username: 'alice', emailAddress: 'alice@contoso.example', emailAddressOwner: 'alice' },
    },
  ],
  [
    'sends it to the address in state',
    {
      type: 'OneTimePasswordSmtpSenderNode',
      config: smtp,
      shared: { username: 'alice', emailAddress: 'a@example.com' },
      transient: sent,
      ports: { identities, mail: taking },
    },
    { outcome: 'outcome' },
  ],
  [
    'sends it to the address that was typed where nobody is known',
    {
      type: 'OneTimePasswordSmtpSenderNode',
      config: smtp,
      shared: { username: 'new', objectAttributes: { mail: 'new@example.com' } },
      transient: sent,
      ports: { identities, mail: taking },
    },
    { outcome: 'outcome', transient: { ...sent, oneTimePasswordForNobody: true } },
  ],
  [
    'asks for the one-time password',
    { type: 'OneTimePasswordCollectorDecisionNode', ...alice, transient: sent },
    { asks: [callbacks.password('One Time Password')] },
  ],
  [
    'refuses another one',
    { type: 'OneTimePasswordCollectorDecisionNode', ...alice, transient: sent, answers: ['12345679'] },
    { outcome: 'false' },
  ],
  [
    'refuses it for another person',
    {
      type: 'OneTimePasswordCollectorDecisionNode',
      ...alice,
      transient: { ...sent, oneTimePasswordOwner: 'bob' },
      answers: ['12345678'],
    },
    { outcome: 'false' },
  ],
  [
    'refuses it when it has expired',
    {
      type: 'OneTimePasswordCollectorDecisionNode',
      ...alice,
      config: { passwordExpiryTime: 1 },
      transient: { ...sent, oneTimePasswordTimestamp: NOW / 1_000 - 61 },
      answers: ['12345678'],
    },
    { outcome: 'false' },
  ],
  [
    'accepts it, and forgets it',
    { type: 'OneTimePasswordCollectorDecisionNode', ...alice, secure: sent, answers: ['12345678'] },
    { outcome: 'true', effects: { method: 'OneTimePassword' }, transient: {} },
  ],
  [
    'bars a person',
    { type: 'AccountLockoutNode', shared: { username: 'bob' }, ports: { identities: switchable } },
    { outcome: 'outcome' },
  ],
  [
    'lets them again',
    {
      type: 'AccountLockoutNode',
      config: { lockAction: 'UNLOCK' },
      shared: { username: 'bob' },
      ports: { identities: switchable },
    },
    { outcome: 'outcome' },
  ],
];

/** What the rows have sent, and whom they have barred or let again, in their order. */
export const SECOND_FACTOR_TRACES = { mailed, switched };
