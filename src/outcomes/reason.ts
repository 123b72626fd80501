import type { Outcome } from './outcome.ts';

/**
 * Who can remove the cause of a reason.
 *
 * - `nobody`: there is nothing to remove
 * - `user`: the person at the device
 * - `administrator`: whoever runs Intune or Entra
 * - `operator`: whoever runs this gate or what stands in front of it
 * - `microsoft`: an outage elsewhere; it passes
 */
type Fixer = 'nobody' | 'user' | 'administrator' | 'operator' | 'microsoft';

interface ReasonFacts {
  /** The outcome this reason stands behind unless a node maps it elsewhere. */
  readonly outcome: Outcome;
  /** `presented`: what the caller showed was bad. `upstream`: Microsoft could not answer. `gate`: we could not. `device`: a statement about the device. */
  readonly about: 'device' | 'presented' | 'upstream' | 'gate';
  readonly fixer: Fixer;
  /** One sentence, safe to show to an authenticated caller: no ids, no names, no secrets. */
  readonly meaning: string;
  /** What an administrator should do about it. */
  readonly remedy: string;
}

/**
 * The closed list of causes behind the outcomes. A new reason is one row here; the compiler then asks for it wherever reasons are
 * told apart, and a test asks for it in `docs/reasons.md`.
 */
export const REASONS = {
  compliant: {
    outcome: 'Compliant',
    about: 'device',
    fixer: 'nobody',
    meaning: 'Intune reports the device as compliant.',
    remedy: 'Nothing to do.',
  },
  noncompliant: {
    outcome: 'NotCompliant',
    about: 'device',
    fixer: 'user',
    meaning: 'Intune reports the device as not compliant.',
    remedy:
      'Open the device in Intune, section Device compliance, see which setting fails and have it corrected; then let the device check in.',
  },
  deviceBeingRemoved: {
    outcome: 'NotCompliant',
    about: 'device',
    fixer: 'administrator',
    meaning: 'The device is being wiped, retired or deleted, or its registration was revoked.',
    remedy:
      'Intended removal: nothing to do. Otherwise cancel the pending action in Intune or enrol the device again.',
  },
  graceExpired: {
    outcome: 'NotCompliant',
    about: 'device',
    fixer: 'user',
    meaning:
      'Intune still says "in grace period", but the deadline of that period has passed or is not known.',
    remedy: 'Correct the failing setting and let the device check in.',
  },
  userMismatch: {
    outcome: 'NotCompliant',
    about: 'device',
    fixer: 'administrator',
    meaning: 'The device is not assigned to the user who is logging in.',
    remedy:
      'Compare the primary user of the device in Intune with the login name; change the primary user or turn this check off for shared devices.',
  },
  deviceDisabled: {
    outcome: 'NotCompliant',
    about: 'device',
    fixer: 'administrator',
    meaning: 'The device is disabled in Entra, or not registered there.',
    remedy: 'Enable the device in the Entra admin center, or register it again.',
  },
  inGracePeriod: {
    outcome: 'InGracePeriod',
    about: 'device',
    fixer: 'user',
    meaning: 'The device is not compliant, and the time it was given to become so is still running.',
    remedy: 'Correct the failing setting before the deadline.',
  },
  configManager: {
    outcome: 'ConfigManager',
    about: 'device',
    fixer: 'administrator',
    meaning: 'Configuration Manager is the authority for this device; Intune has no opinion.',
    remedy: 'Move the compliance workload to Intune, or let the journey decide in another way.',
  },
  conflict: {
    outcome: 'Conflict',
    about: 'device',
    fixer: 'administrator',
    meaning: 'Compliance policies contradict each other for this device.',
    remedy: 'Find the policies in conflict under Device compliance in Intune and remove one.',
  },
  noDeviceId: {
    outcome: 'NoId',
    about: 'presented',
    fixer: 'user',
    meaning: 'No device id was presented in any configured place.',
    remedy:
      'Check that the device has its certificate and that the proxy forwards it in the header the node reads.',
  },
  complianceUnknown: {
    outcome: 'Unknown',
    about: 'device',
    fixer: 'user',
    meaning: 'Intune has not evaluated the device yet.',
    remedy:
      'Let the device check in (Company Portal, Check access); a device without a user may stay unknown.',
  },
  complianceStateUnrecognised: {
    outcome: 'Unknown',
    about: 'device',
    fixer: 'operator',
    meaning: 'Intune returned a compliance state this version does not know.',
    remedy: 'Look for a newer version of the gate; until then the device is treated as unknown.',
  },
  deviceNotFound: {
    outcome: 'Unknown',
    about: 'device',
    fixer: 'user',
    meaning: 'Intune does not know this device.',
    remedy:
      'Enrol the device. If it was enrolled again, its certificate holds the old id: renew the certificate.',
  },
  checkInTooOld: {
    outcome: 'Unknown',
    about: 'device',
    fixer: 'user',
    meaning: 'The device has not checked in with Intune for longer than the node allows.',
    remedy: 'Connect the device and let it check in.',
  },
  deviceComplianceError: {
    outcome: 'Error',
    about: 'device',
    fixer: 'administrator',
    meaning: 'Intune could not evaluate the compliance of the device and reports an error state for it.',
    remedy: 'Open the device in Intune, section Device compliance, and look at the setting in error.',
  },
  deviceIdMalformed: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'operator',
    meaning:
      'What was presented as device id is neither a GUID nor a name with exactly one CN that is a GUID.',
    remedy:
      'Check what the proxy writes into the header; expected is a GUID or a subject such as CN=<guid>,O=….',
  },
  deviceIdConflict: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'operator',
    meaning: 'Several device ids were presented and they do not belong to one device.',
    remedy:
      'Find out which of the configured places is written by someone who should not; never pick one by order.',
  },
  deviceAmbiguous: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'administrator',
    meaning: 'Several managed devices share the presented Entra id and cannot be told apart safely.',
    remedy: 'Delete the stale records in Intune, or issue certificates that hold the Intune device id.',
  },
  hopNotTrusted: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'operator',
    meaning: 'A device id was presented by a caller or from an address that may not supply it.',
    remedy:
      'If the sender is legitimate, name it in the `from` list of the source (a caller, or a proxy with what it is known by), or its address in `peers`.',
  },
  headerSpoofed: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'operator',
    meaning:
      'The headers carry a sign of spoofing: a header twice, another spelling of it, its name in Connection, or a second header with a certificate.',
    remedy:
      'Make the proxy remove every spelling of the header from what clients send before it sets its own.',
  },
  certificateMalformed: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'operator',
    meaning: 'The forwarded certificate cannot be decoded.',
    remedy:
      'Check that the proxy forwards the whole certificate in the configured encoding and that no size limit cuts it.',
  },
  certificateUntrusted: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'operator',
    meaning: 'The forwarded certificate does not lead to a configured trust anchor.',
    remedy:
      'Add the issuing CA to the trust of the source if it is yours; otherwise the certificate is not for this gate.',
  },
  certificateExpired: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'user',
    meaning: 'The forwarded certificate, or one it depends on, is past its validity.',
    remedy: 'Renew the device certificate; check why Intune did not.',
  },
  certificateNotYetValid: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'operator',
    meaning: 'The forwarded certificate, or one it depends on, is not valid yet.',
    remedy: 'Compare the clocks of the CA and of the gate.',
  },
  certificateRevoked: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'user',
    meaning: 'The forwarded certificate, or one it depends on, was revoked by its issuer.',
    remedy: 'Enrol the device again so that it gets a new certificate; find out why the old one was revoked.',
  },
  revocationUnknown: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'operator',
    meaning:
      'It is to be asked whether the presented certificate was revoked, and nothing that is current says that it was not.',
    remedy:
      'Provide a current list of every CA of the path, the ones between included, or a responder that answers; the log says what could not be fetched.',
  },
  certificateNotForClients: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'administrator',
    meaning: 'The forwarded certificate is not meant for client authentication.',
    remedy: 'Issue device certificates with the extended key usage "client authentication".',
  },
  certificateWithoutDeviceId: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'administrator',
    meaning: 'The forwarded certificate is valid but names no device.',
    remedy: 'Put the device id into the subject CN or into a SAN URI IntuneDeviceId://<guid>.',
  },
  loginUserMissing: {
    outcome: 'Error',
    about: 'presented',
    fixer: 'operator',
    meaning:
      'The node compares the user of the device with the login, but no login name was in shared state.',
    remedy: 'Place the node after the user name was collected, or set the key that holds it.',
  },
  credentialRejected: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'administrator',
    meaning: 'Entra rejected the credential of the gate.',
    remedy: 'Compare the secret (its value, not its id) or the certificate with the app registration.',
  },
  credentialExpired: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'administrator',
    meaning: 'The client secret of the gate has expired.',
    remedy:
      'Create a new secret in the app registration, or move to a certificate or a federated credential.',
  },
  appNotFound: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'administrator',
    meaning: 'Entra does not know the application in this tenant.',
    remedy:
      'Compare the client id; if the app belongs to another tenant, an administrator of this one must consent to it.',
  },
  tenantNotFound: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'operator',
    meaning: 'Entra does not know the tenant.',
    remedy: 'Compare the tenant id and the cloud (global, US government, China).',
  },
  userCredentialRejected: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'administrator',
    meaning: 'Entra rejected the user name or password of the service account.',
    remedy: 'Check the account; better, stop using a user password and use an application credential.',
  },
  secondFactorRequired: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'administrator',
    meaning: 'Entra demands a second factor from the service account, which a program cannot give.',
    remedy: 'Use an application credential instead of a user name and password.',
  },
  consentMissing: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'administrator',
    meaning: 'No administrator has consented to the permissions of the application.',
    remedy: 'In the app registration, API permissions: Grant admin consent.',
  },
  permissionMissing: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'administrator',
    meaning: 'The application lacks a permission for this call.',
    remedy:
      'Run `intune-gate verify`, add the permission it names to the app registration and grant admin consent.',
  },
  licenceOrRoleMissing: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'administrator',
    meaning:
      'Intune refused a valid token: the tenant has no Intune licence, or the account has no Intune role.',
    remedy:
      'Check the Intune licence of the tenant; with a user credential, give the account an Intune role that may read devices.',
  },
  throttled: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'operator',
    meaning: 'Microsoft is throttling the gate.',
    remedy: 'It passes by itself; if it returns, look for other programs that use the same app registration.',
  },
  upstreamUnreachable: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'operator',
    meaning: 'No connection to Microsoft could be made.',
    remedy: 'Check DNS, proxy, firewall and the CA certificates this machine trusts.',
  },
  upstreamUnavailable: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'microsoft',
    meaning: 'Microsoft answered with a server error.',
    remedy: 'Wait; look at the service health page of the tenant.',
  },
  timeout: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'microsoft',
    meaning: 'Microsoft did not answer before the deadline of the decision.',
    remedy: 'Wait; if it stays, check the network path and the configured deadline.',
  },
  malformedAnswer: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'microsoft',
    meaning: 'Microsoft, or something between, sent an answer that is not what was asked for.',
    remedy: 'Look for a proxy that rewrites answers; otherwise report it with the decision id.',
  },
  requestRefused: {
    outcome: 'Error',
    about: 'upstream',
    fixer: 'operator',
    meaning: 'Microsoft refused the request as such.',
    remedy: 'Run `intune-gate verify`; if it cannot tell the cause, report it with the decision id.',
  },
  recheckTooSoon: {
    outcome: 'Error',
    about: 'gate',
    fixer: 'nobody',
    meaning: 'Microsoft was asked about this device again only a moment ago.',
    remedy: 'Nothing is wrong; to ask once more, wait as long as `answers.recheckSeconds` says.',
  },
  overloaded: {
    outcome: 'Error',
    about: 'gate',
    fixer: 'operator',
    meaning: 'The gate has more work than it accepts at once.',
    remedy: 'Add a replica or raise the limit of concurrent decisions.',
  },
  internalError: {
    outcome: 'Error',
    about: 'gate',
    fixer: 'operator',
    meaning: 'The gate itself failed.',
    remedy: 'Report it with the decision id.',
  },
} as const satisfies Record<string, ReasonFacts>;

export type Reason = keyof typeof REASONS;

/** The reasons for which Microsoft, not the device, is why there is no answer. */
export type UpstreamReason = {
  [R in Reason]: (typeof REASONS)[R]['about'] extends 'upstream' ? R : never;
}[Reason];

export const REASON_NAMES = Object.keys(REASONS) as readonly Reason[];

/** Of a text from elsewhere, e.g. a token that another version signed: is it a reason of this one? */
export function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text);
}

/** True for the causes that lie with Microsoft or on the way there: the command line ends with exit code 3 for them. */
export function isUpstream(reason: Reason): reason is UpstreamReason {
  return REASONS[reason].about === 'upstream';
}
