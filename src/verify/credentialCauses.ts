import type { Credential } from '../graph/credential.ts';
import type { Cause } from './check.ts';
import { APP_ADMIN, OPERATOR } from './who.ts';

export type CredentialKind = Credential['kind'];

const SECRET_WRONG: Cause = {
  cause: 'the client secret is wrong, or it is the id of the secret instead of its value',
  who: OPERATOR,
  todo: 'put the value of a current secret of the app registration into the configuration; create a new one if the value was not kept',
  decidedBy:
    'Entra admin center, App registrations, Certificates & secrets: the id is listed there, the value is not; a value is no GUID',
};

const NO_SECRET_SENT: Cause = {
  cause: 'the app registration is a confidential client, and the configuration gives no secret to send',
  who: OPERATOR,
  todo: 'add clientSecret to the credential; or have the app registration allow public client flows (Authentication, Advanced settings)',
  decidedBy: 'the credential in the configuration: a user name and password without a clientSecret',
};

const CERTIFICATE_UNKNOWN: Cause = {
  cause: 'the certificate is not one the app registration knows, or it has expired or been revoked',
  who: APP_ADMIN,
  todo: 'upload the public part of the certificate to the app registration, and see that it is still valid',
  decidedBy:
    'Entra admin center, App registrations, Certificates & secrets, Certificates: compare the thumbprint and the date of expiry with those of certificateFile',
};

const FEDERATION_UNMATCHED: Cause = {
  cause: 'no federated credential of the app registration fits the token of the workload',
  who: APP_ADMIN,
  todo: 'add a federated credential whose issuer, subject and audience equal those of the token, letter by letter',
  decidedBy:
    'compare iss, sub and aud of the token in assertionFile with Certificates & secrets, Federated credentials',
};

const ASSERTION_STALE: Cause = {
  cause: 'the token of the workload has expired, since nothing renews its file',
  who: OPERATOR,
  todo: 'see that the platform renews the file named by assertionFile or AZURE_FEDERATED_TOKEN_FILE',
  decidedBy: 'exp of the token in the file lies in the past',
};

const ASSERTION_UNREADABLE: Cause = {
  cause: 'the file with the token of the workload cannot be read, or it is empty',
  who: OPERATOR,
  todo: 'see that the file named by assertionFile or AZURE_FEDERATED_TOKEN_FILE is there, is not empty, and may be read by this process',
};

const CLOCK_WRONG: Cause = {
  cause: 'the clock of this machine is wrong, so that what the gate signs is not valid yet or no longer',
  who: OPERATOR,
  todo: 'set the clock of this machine by a time server',
  decidedBy: 'compare `date -u` on this machine with the real time: more than five minutes apart',
};

const APP_DISABLED: Cause = {
  cause: 'the application is disabled in this tenant',
  who: APP_ADMIN,
  todo: 'Entra admin center, Enterprise applications, the application, Properties: set "Enabled for users to sign in?" to Yes',
};

const IDENTITY_REFUSED: Cause = {
  cause: 'this host has no managed identity, or none with the clientId of the configuration',
  who: 'an administrator of the Azure host',
  todo: 'turn on the identity of the host, or assign the user-assigned identity to it and name its client id',
  decidedBy: 'Azure portal, the host, Identity: compare with credential.clientId',
};

const OTHER_GRANT: Cause = {
  cause: 'the app registration does not allow this kind of sign-in',
  who: APP_ADMIN,
  todo: 'allow public client flows (Authentication, Advanced settings), or give the gate a client secret, a certificate or a federated credential instead of a user',
  decidedBy: 'unauthorized_client in the words above',
};

/** What each kind of credential may have wrong with it, where Entra does not say more. */
const BY_KIND: Readonly<Record<CredentialKind, readonly Cause[]>> = {
  clientSecret: [SECRET_WRONG],
  certificate: [CERTIFICATE_UNKNOWN, CLOCK_WRONG],
  federatedAssertion: [FEDERATION_UNMATCHED, ASSERTION_STALE],
  managedIdentity: [IDENTITY_REFUSED],
  userPassword: [SECRET_WRONG, NO_SECRET_SENT, OTHER_GRANT],
};

/** The AADSTS numbers that tell one cause from the others. */
const BY_NUMBER: ReadonlyMap<number, (kind: CredentialKind) => readonly Cause[]> = new Map([
  [7000215, () => [SECRET_WRONG]],
  [7000218, () => [NO_SECRET_SENT]],
  [7000112, () => [APP_DISABLED]],
  [700027, signedBy],
  [700030, signedBy],
  [70021, () => [FEDERATION_UNMATCHED]],
  [700211, () => [FEDERATION_UNMATCHED]],
  [700212, () => [FEDERATION_UNMATCHED]],
  [700213, () => [FEDERATION_UNMATCHED]],
  [
    700024,
    (kind: CredentialKind) =>
      kind === 'federatedAssertion' ? [ASSERTION_STALE, CLOCK_WRONG] : [CLOCK_WRONG],
  ],
]);

function signedBy(kind: CredentialKind): readonly Cause[] {
  return kind === 'federatedAssertion' ? [FEDERATION_UNMATCHED] : [CERTIFICATE_UNKNOWN];
}

/**
 * Pure: what may be behind `credentialRejected` when Entra gave no token. The AADSTS number in the failure's detail tells most; where
 * there is none that tells, the kind of credential leaves these.
 */
export function credentialCauses(kind: CredentialKind, detail: string): readonly Cause[] {
  const number = aadstsNumber(detail);
  const byNumber = number === undefined ? undefined : BY_NUMBER.get(number);
  if (byNumber !== undefined) return byNumber(kind);
  if (kind === 'federatedAssertion' && number === undefined && detail.startsWith('The federated assertion')) {
    return [ASSERTION_UNREADABLE];
  }
  return BY_KIND[kind];
}

/** The number Entra gave, if the failure came from Entra. */
export function aadstsNumber(detail: string): number | undefined {
  const digits = /\bAADSTS(\d{3,9})\b/.exec(detail)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
