import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Identity } from '../../identity/identity.ts';
import { oathUri } from '../../identity/oath/oathUri.ts';
import { NO_PROGRESS, type PendingOtpDevice } from '../../identity/otpDevice.ts';
import { callbacks } from '../callbacks/callback.ts';
import { localisedTexts } from '../localisedTexts.ts';
import type { NodeContext } from '../nodeContext.ts';
import { ask, goTo, type NodeResult } from '../nodeResult.ts';
import { defineNodeType, type ConfigurationProblem } from '../nodeType.ts';
import { oathAlgorithm, totpHashAlgorithm, totpTimeInterval } from './oathConfig.ts';
import {
  findPendingDevice,
  keepPendingDevice,
  PENDING_DEVICE,
  WITH_RECOVERY_CODES,
  type PendingDevice,
} from './pendingDevice.ts';
import { findPerson } from './person.ts';
import { qrCodeScript } from './qrCodeScript.ts';
import { registerDevice, REGISTRATION_OUTCOMES } from './registerDevice.ts';
import { setting } from './settings.ts';

/** Which attribute shows the account in the app; the user name where the person has none of it. */
const ACCOUNT_ATTRIBUTES = {
  USERNAME: undefined,
  COMMON_NAME: 'cn',
  EMAIL_ADDRESS: 'mail',
  EMPLOYEE_NUMBER: 'employeeNumber',
  GIVEN_NAME: 'givenName',
  LAST_NAME: 'sn',
} as const;
const ACCOUNT_NAMES = Object.keys(ACCOUNT_ATTRIBUTES) as [keyof typeof ACCOUNT_ATTRIBUTES];

const configuration = z.object({
  issuer: setting(z.string().min(1).max(200), 'ForgeRock'),
  accountName: setting<keyof typeof ACCOUNT_ATTRIBUTES>(z.enum(ACCOUNT_NAMES), 'USERNAME'),
  bgColor: setting(z.string().regex(/^#?[0-9A-Fa-f]{6}$/, 'must be a colour such as 032b75'), '032b75'),
  imgUrl: setting(z.union([z.literal(''), z.url({ protocol: /^https?$/ })]), ''),
  generateRecoveryCodes: setting(z.boolean(), true),
  scanQRCodeMessage: localisedTexts,
  passwordLength: setting<'SIX_DIGITS' | 'EIGHT_DIGITS'>(
    z.enum(['SIX_DIGITS', 'EIGHT_DIGITS']),
    'SIX_DIGITS',
  ),
  minSharedSecretLength: setting(z.int().min(1).max(512), 32),
  algorithm: oathAlgorithm,
  totpTimeInterval,
  totpHashAlgorithm,
  addChecksum: setting(z.boolean(), false),
  truncationOffset: setting(z.int(), -1),
  postponeDeviceProfileStorage: setting(z.boolean(), false),
});

type Config = z.output<typeof configuration>;

const DEVICE_NAME = 'OATH Device';
const NEXT = 0;
/** RFC 4226 section 4 recommends so many. */
const SHORTEST_SECRET_BYTES = 20;
const SCAN =
  'Scan the QR code image below with the ForgeRock Authenticator app to register your device with your login.';

/**
 * Registers a device for one-time codes. Unlike AM's, it is stored only once its owner has entered a code of it; and its secret is never
 * in shared state.
 */
export const oathRegistration = defineNodeType({
  type: 'OathRegistrationNode',
  displayName: 'OATH Registration',
  configuration,
  outcomes: () => REGISTRATION_OUTCOMES,
  asks: () => 'always',
  inputs: () => ['username', PENDING_DEVICE],
  check: ({ algorithm, addChecksum, truncationOffset }) =>
    algorithm === 'TOTP'
      ? []
      : [
          ...(addChecksum ? [problem('addChecksum', 'would make every code one digit too long')] : []),
          ...(truncationOffset === -1 ? [] : [problem('truncationOffset', 'is not supported')]),
        ],
  async run(context) {
    const { answers, config, state } = context;
    const person = await findPerson(context);
    const pending = answers === undefined ? undefined : findPendingDevice(state, person.id);
    if (pending === undefined) return begin(context, person);
    const isScanned = pending.isAsked || answers?.at(-1)?.value === NEXT;
    if (!isScanned) return begin(context, person);
    if (config.postponeDeviceProfileStorage) {
      keepPendingDevice(state, pending);
      state.putShared(WITH_RECOVERY_CODES, config.generateRecoveryCodes);
      return goTo('successOutcome');
    }
    return registerDevice(context, pending, config.generateRecoveryCodes);
  },
});

function problem(key: keyof Config, message: string): ConfigurationProblem {
  return { code: 'badConfiguration', at: [key], message };
}

/** Shows a new secret. */
function begin({ config, localise, state }: NodeContext<Config>, person: Identity): NodeResult {
  const device: PendingOtpDevice = {
    id: randomUUID(),
    name: DEVICE_NAME,
    algorithm: config.algorithm === 'HOTP' ? 'hotp' : 'totp',
    digits: config.passwordLength === 'EIGHT_DIGITS' ? 8 : 6,
    secret: randomBytes(Math.max(SHORTEST_SECRET_BYTES, Math.ceil(config.minSharedSecretLength / 2))),
    progress: NO_PROGRESS,
  };
  const pending: PendingDevice = {
    identityId: person.id,
    device,
    intervalSeconds: config.totpTimeInterval,
    hash: config.totpHashAlgorithm,
    isAsked: false,
  };
  keepPendingDevice(state, pending);
  const uri = uriOf(pending, person, config);
  return ask([
    callbacks.textOutput(localise(config.scanQRCodeMessage, SCAN)),
    callbacks.textOutput(qrCodeScript(uri), 'script'),
    callbacks.hiddenValue('mfaDeviceRegistration', uri),
    callbacks.confirmation({ options: ['Next'], defaultOption: NEXT }),
  ]);
}

function uriOf({ device, intervalSeconds, hash }: PendingDevice, person: Identity, config: Config): string {
  const attribute = ACCOUNT_ATTRIBUTES[config.accountName];
  const account = attribute === undefined ? undefined : person.attributes[attribute]?.[0];
  return oathUri({
    algorithm: device.algorithm,
    issuer: config.issuer,
    account: account === undefined || account === '' ? person.username : account,
    secret: device.secret,
    digits: device.digits,
    intervalSeconds,
    hash,
    backgroundColor: config.bgColor.replace('#', ''),
    imageUrl: config.imgUrl,
    username: person.username,
    deviceId: device.id,
  });
}
