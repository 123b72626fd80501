import type { KeyObject } from 'node:crypto';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import {
  DAY,
  mint,
  mintList,
  NAME,
  testKey,
  USAGE,
  type Minted,
  type MintRequest,
} from '../support/certificateBuilder.ts';

const now = Date.now();

const AUTHORITY = {
  subject: 'CN=Device CA',
  ca: true,
  notBefore: now - 365 * DAY,
  notAfter: now + 365 * DAY,
} as const;

export const deviceCa: Minted = mint(AUTHORITY);
/** Calls itself the same, and has another key. */
const rogueCa: Minted = mint({ ...AUTHORITY, key: testKey('a rogue CA') });

/** What a proxy shows to its clients, and who says so. */
export const frontCertificate: Minted = mint({
  subject: 'CN=localhost',
  key: testKey('front'),
  names: [NAME.dns('localhost'), NAME.ip(127, 0, 0, 1)],
  usages: [USAGE.server],
  notBefore: now - DAY,
  notAfter: now + DAY,
});

/** A client certificate and what the gate says about it if it gets to see it. */
export interface DeviceCertificate {
  readonly label: string;
  /** undefined: the client shows none. */
  readonly minted: Minted | undefined;
  /** The reason of the decision. */
  readonly reason: string;
}

const intuneUri = (id: string): Buffer => NAME.uri(`IntuneDeviceId://${id}`);

function device(id: string, key: KeyObject, changes: Partial<MintRequest> = {}): Minted {
  return mint({
    subject: `CN=${id}`,
    issuer: deviceCa,
    key,
    names: [intuneUri(id)],
    notBefore: now - DAY,
    notAfter: now + DAY,
    ...changes,
  });
}

const { compliant, noncompliant } = deviceIds;
const key = testKey('device');

/** A good certificate of any device. */
export const certificateOf = (id: string): Minted => device(id, testKey(`device ${id}`));

/** The device that may pass, and one that may not, for those who try. */
export const compliantDevice = { id: compliant, minted: device(compliant, key) };
export const noncompliantDevice = {
  id: noncompliant,
  minted: device(noncompliant, testKey('another device')),
};

const REVOKED_SERIAL = '0badcafe';

/** The list of the device CA. Only the gate has it. */
export const deviceList: string = mintList({
  issuer: deviceCa,
  revoked: [REVOKED_SERIAL],
  thisUpdate: now - DAY,
  nextUpdate: now + DAY,
});

export const DEVICE_CERTIFICATES: readonly DeviceCertificate[] = [
  { label: 'RSA-2048', minted: device(compliant, testKey('rsa', 'RSA-2048')), reason: 'compliant' },
  { label: 'P-256', minted: compliantDevice.minted, reason: 'compliant' },
  { label: 'P-384', minted: device(compliant, testKey('p384', 'P-384')), reason: 'compliant' },
  { label: 'Ed25519', minted: device(compliant, testKey('ed', 'Ed25519')), reason: 'compliant' },
  { label: 'of a device that is not compliant', minted: noncompliantDevice.minted, reason: 'noncompliant' },
  { label: 'none', minted: undefined, reason: 'noDeviceId' },
  {
    label: 'expired',
    minted: device(compliant, key, { notBefore: now - 3 * DAY, notAfter: now - DAY }),
    reason: 'certificateExpired',
  },
  {
    label: 'not yet valid',
    minted: device(compliant, key, { notBefore: now + DAY, notAfter: now + 3 * DAY }),
    reason: 'certificateNotYetValid',
  },
  {
    label: 'revoked (CRL at the gate)',
    minted: device(compliant, key, { serial: REVOKED_SERIAL }),
    reason: 'certificateRevoked',
  },
  {
    label: 'of a rogue CA of the same name',
    minted: device(compliant, key, { issuer: rogueCa }),
    reason: 'certificateUntrusted',
  },
  {
    label: 'self-signed',
    minted: mint({
      subject: `CN=${compliant}`,
      key,
      names: [intuneUri(compliant)],
      notBefore: now - DAY,
      notAfter: now + DAY,
    }),
    reason: 'certificateUntrusted',
  },
  {
    label: 'for servers only',
    minted: device(compliant, key, { usages: [USAGE.server] }),
    reason: 'certificateNotForClients',
  },
  {
    label: 'without a device id',
    minted: device(compliant, key, { subject: 'CN=a laptop', names: [NAME.dns('laptop.example')] }),
    reason: 'certificateWithoutDeviceId',
  },
  {
    label: 'with two device ids',
    minted: device(compliant, key, { names: [intuneUri(compliant), intuneUri(noncompliant)] }),
    reason: 'deviceIdConflict',
  },
];
