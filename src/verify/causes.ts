import type { UpstreamReason } from '../outcomes/reason.ts';
import type { LookupFailure } from '../node/deviceDirectory.ts';
import type { Cause } from './check.ts';
import { aadstsNumber, credentialCauses, type CredentialKind } from './credentialCauses.ts';
import { APP_ADMIN, CONSENT_ADMIN, INTUNE_ADMIN, MICROSOFT, OPERATOR } from './who.ts';

/**
 * What may be behind each failure, who removes it and how. Where one answer of Microsoft has several causes, each says what tells
 * it from the others.
 */
export const CAUSES: Readonly<Record<Exclude<UpstreamReason, 'credentialRejected'>, readonly Cause[]>> = {
  credentialExpired: [
    {
      cause: 'the client secret has expired',
      who: APP_ADMIN,
      todo: 'create a new secret in the app registration and put its value into the configuration; a certificate or a federated credential would not have to be replaced by hand',
    },
  ],
  appNotFound: [
    {
      cause: 'the client id is not that of an application',
      who: OPERATOR,
      todo: 'compare clientId with the Application (client) ID on the overview page of the app registration',
      decidedBy: 'search the id under App registrations, All applications: it is not found',
    },
    {
      cause: 'the application exists, but not in this tenant',
      who: CONSENT_ADMIN,
      todo: 'correct tenantId, or add the application to this tenant by granting it admin consent',
      decidedBy: 'search the id under App registrations: it is found, in another directory than tenantId',
    },
  ],
  tenantNotFound: [
    {
      cause: 'the tenant id or domain is wrong',
      who: OPERATOR,
      todo: 'compare tenantId with the Tenant ID on the overview page of the Entra admin center',
      decidedBy: 'the overview page shows another id',
    },
    {
      cause: 'the tenant lives in another cloud',
      who: OPERATOR,
      todo: 'set `cloud` to usGov, usGovDod or china',
      decidedBy:
        'the address of the admin center: portal.azure.us or portal.azure.cn instead of portal.azure.com',
    },
  ],
  userCredentialRejected: [
    {
      cause:
        'the user name or the password of the service account is wrong, or the account is locked, disabled or its password has expired',
      who: OPERATOR,
      todo: 'correct the account; better, stop using a user and give the app registration a certificate or a federated credential',
      decidedBy: 'sign-in logs of the account in the Entra admin center name the exact cause',
    },
  ],
  secondFactorRequired: [
    {
      cause:
        'a Conditional Access policy or security defaults demand a second factor from the service account',
      who: OPERATOR,
      todo: 'stop using a user name and password: no program can answer a second factor. Use a client secret, a certificate or a federated credential',
    },
  ],
  consentMissing: [
    {
      cause:
        'no administrator has consented to the permissions of the application: no token, or a token without any role',
      who: CONSENT_ADMIN,
      todo: 'Entra admin center, App registrations, API permissions: Grant admin consent. A new token is needed afterwards; the gate asks for one by itself',
    },
  ],
  permissionMissing: [
    {
      cause: 'the application lacks the permission that is named above',
      who: CONSENT_ADMIN,
      todo: 'add that permission (Microsoft Graph, of the kind that fits the credential: application, or delegated for a user) and grant admin consent',
    },
  ],
  licenceOrRoleMissing: [
    {
      cause: 'the tenant has no active Intune licence',
      who: 'a Global or Billing Administrator of the tenant',
      todo: 'assign an Intune licence',
      decidedBy:
        'Microsoft 365 admin center, Billing, Licenses. With an application credential this is the cause: such a caller needs no Intune role',
    },
    {
      cause: 'the service account has no Intune role that may read devices',
      who: INTUNE_ADMIN,
      todo: 'Intune admin center, Tenant administration, Roles: give the account a role with Managed devices / Read, for example Read Only Operator',
      decidedBy:
        'only possible with a user credential; the licence page shows a licence, the account is in no role assignment',
    },
  ],
  throttled: [
    {
      cause: 'Microsoft is throttling this application or this tenant',
      who: OPERATOR,
      todo: 'wait; if it returns, find out which other program uses the same app registration',
    },
  ],
  upstreamUnreachable: [
    {
      cause: 'the name of the host cannot be resolved, or nothing answers there',
      who: OPERATOR,
      todo: 'check DNS, the firewall and HTTPS_PROXY / NO_PROXY of this machine for the host named above',
      decidedBy: 'the words in brackets: name not found, connection refused',
    },
    {
      cause: 'something between replaces the TLS certificate',
      who: OPERATOR,
      todo: 'name the CA certificate of that proxy under caFile',
      decidedBy: 'the words in brackets speak of a certificate',
    },
  ],
  upstreamUnavailable: [
    {
      cause: 'an outage at Microsoft',
      who: MICROSOFT,
      todo: 'wait; see the service health page of the Microsoft 365 admin center',
    },
  ],
  timeout: [
    {
      cause: 'Microsoft answers too slowly, or a firewall swallows packets',
      who: OPERATOR,
      todo: 'try again; if it stays, test the connection from this machine to the host named above',
    },
  ],
  malformedAnswer: [
    {
      cause:
        'something between, such as a captive portal or an inspecting proxy, answers in place of Microsoft',
      who: OPERATOR,
      todo: 'look at what the host named above answers to curl from this machine',
    },
  ],
  requestRefused: [
    {
      cause: 'the Graph host belongs to another cloud than the tenant',
      who: OPERATOR,
      todo: 'set `cloud`, or take `authority` and `graph` from one and the same cloud',
      decidedBy: 'AADSTS500011 above, or words about the Graph host',
    },
    {
      cause: 'Microsoft refuses the request as such',
      who: 'the developers of intune-gate',
      todo: 'report it with the output of this command',
      decidedBy: 'nothing above speaks of a host or a cloud',
    },
  ],
};

/** Graph's own 401. Entra was content with the credential, so it is the token or the way it was meant. */
const TOKEN_REJECTED: readonly Cause[] = [
  {
    cause: 'Graph rejected the token that Entra gave, since it is of another cloud',
    who: OPERATOR,
    todo: 'let `cloud` name the cloud of the tenant; if `authority` and `graph` are set, let both name hosts of the same cloud',
    decidedBy: 'the two hosts named in this report belong to different clouds',
  },
  {
    cause:
      'Graph rejected the token that Entra gave, since the clock of this machine is wrong and the token was kept too long',
    who: OPERATOR,
    todo: 'set the clock of this machine by a time server',
    decidedBy: 'compare `date -u` on this machine with the real time: more than five minutes apart',
  },
  {
    cause: 'Graph rejected the token that Entra gave, since a policy or an administrator has revoked it',
    who: CONSENT_ADMIN,
    todo: 'see which Conditional Access policy for workload identities, or which revocation, meets the application, and let it pass from this address',
    decidedBy: 'Entra admin center, Sign-in logs, Service principal sign-ins: the policy is named there',
  },
];

/** Which step failed: asking Entra for a token, or asking Graph with it. */
export type VerifyStep = 'token' | 'graph';

/**
 * Pure: what may be behind a failure. A rejected credential means one thing while the token is fetched and another while it is used;
 * only where Entra was asked for another token in between does its number stand in the detail of the later step.
 */
export function causesOf(
  { reason, detail }: Pick<LookupFailure, 'reason' | 'detail'>,
  step: VerifyStep,
  kind: CredentialKind,
): readonly Cause[] {
  // Said by what stands before a tenant, which nothing does here.
  if (reason === 'overloaded') return [];
  if (reason !== 'credentialRejected') return CAUSES[reason];
  return step === 'graph' && aadstsNumber(detail) === undefined
    ? TOKEN_REJECTED
    : credentialCauses(kind, detail);
}
