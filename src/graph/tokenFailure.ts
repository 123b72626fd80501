import type { UpstreamReason } from '../outcomes/reason.ts';
import { describeFault, NETWORK_FAULTS, type NetworkFault } from './networkFault.ts';
import { parseRetryAfter } from './retryPolicy.ts';

/** What the token endpoint, discovery or the managed identity endpoint did, stripped of everything secret. */
export interface TokenExchange {
  readonly step: 'discovery' | 'token' | 'managedIdentity';
  /** Undefined if no answer came. */
  readonly status: number | undefined;
  readonly fault?: NetworkFault;
  /** The `Retry-After` header. */
  readonly retryAfter?: string | undefined;
  /** Was the body a JSON object? */
  readonly json: boolean;
  /** `error` of the body, e.g. `invalid_client`. */
  readonly error?: string | undefined;
  readonly suberror?: string | undefined;
  /** AADSTS numbers, the telling one first. */
  readonly codes: readonly number[];
  readonly traceId?: string | undefined;
}

export interface TokenFailure {
  readonly reason: UpstreamReason;
  /** Plain words, the AADSTS number and the trace id; never a name, a secret or Entra's own text, which may quote them. */
  readonly detail: string;
  /** Only if Microsoft named a time. */
  readonly retryAfterMs?: number;
}

type Meaning = readonly [reason: UpstreamReason, words: string];

/** What Entra's numbers mean to an administrator. Documented as subject to change, so the statuses below work without them. */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [7000215, ['credentialRejected', 'Entra says the client secret is wrong']],
  [7000218, ['credentialRejected', 'Entra demands a client secret or assertion, and none was sent']],
  [
    700027,
    ['credentialRejected', 'Entra does not know the certificate of this app registration, or it has expired'],
  ],
  [70021, ['credentialRejected', 'no federated credential of the app registration matches the assertion']],
  [700211, ['credentialRejected', 'no federated credential matches the issuer of the assertion']],
  [700212, ['credentialRejected', 'no federated credential matches the audience of the assertion']],
  [700213, ['credentialRejected', 'no federated credential matches the subject of the assertion']],
  [
    700024,
    ['credentialRejected', 'the assertion is outside its validity; compare the clock of this machine'],
  ],
  [7000112, ['credentialRejected', 'the application is disabled']],
  [7000222, ['credentialExpired', 'the client secret has expired']],
  [700016, ['appNotFound', 'the application is not known in this tenant']],
  [7000229, ['appNotFound', 'the application has no service principal in this tenant']],
  [90002, ['tenantNotFound', 'the tenant was not found in this cloud']],
  [50126, ['userCredentialRejected', 'the user name or password is wrong']],
  [50034, ['userCredentialRejected', 'the account does not exist in this tenant']],
  [50053, ['userCredentialRejected', 'the account is locked']],
  [50055, ['userCredentialRejected', 'the password has expired']],
  [50057, ['userCredentialRejected', 'the account is disabled']],
  [50076, ['secondFactorRequired', 'Entra demands a second factor']],
  [50079, ['secondFactorRequired', 'the account must first set up a second factor']],
  [50074, ['secondFactorRequired', 'Entra demands strong authentication']],
  [50158, ['secondFactorRequired', 'an external security challenge is demanded']],
  [53003, ['secondFactorRequired', 'a Conditional Access policy blocks this sign-in']],
  [65001, ['consentMissing', 'nobody has consented to the permissions of the application']],
  [50196, ['throttled', 'Entra sees a loop of requests and holds the gate off']],
  [90055, ['throttled', 'the tenant is throttled']],
  [90033, ['upstreamUnavailable', 'Entra reports a passing error']],
  [70011, ['requestRefused', 'Entra refuses the scope; does the Graph host belong to the same cloud?']],
  [
    500011,
    ['requestRefused', 'the tenant does not know the Graph host that was asked for; is it of another cloud?'],
  ],
]);

const MEANINGS_BY_ERROR: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['invalid_client', ['credentialRejected', 'Entra rejects the credential of the application']],
  ['unauthorized_client', ['credentialRejected', 'Entra does not let the application ask in this way']],
  ['invalid_grant', ['userCredentialRejected', 'Entra rejects the account']],
  ['interaction_required', ['secondFactorRequired', 'Entra demands somebody at a screen']],
  ['consent_required', ['consentMissing', 'nobody has consented to the permissions of the application']],
  ['invalid_tenant', ['tenantNotFound', 'the tenant was not found in this cloud']],
  ['invalid_scope', ['requestRefused', 'Entra refuses the scope']],
  ['invalid_resource', ['requestRefused', 'the tenant does not know the Graph host that was asked for']],
  ['temporarily_unavailable', ['upstreamUnavailable', 'Entra reports a passing error']],
  ['server_error', ['upstreamUnavailable', 'Entra reports an error of its own']],
]);

const PLACES = {
  discovery: 'The discovery document of the tenant',
  token: 'The token endpoint',
  managedIdentity: 'The managed identity endpoint',
} as const satisfies Record<TokenExchange['step'], string>;

/** Pure: what the last exchange of a failed acquisition means. `nowMs` only serves dates in `Retry-After`. */
export function tokenFailure(exchange: TokenExchange, nowMs: number): TokenFailure {
  const place = PLACES[exchange.step];
  if (exchange.fault !== undefined) {
    const { reason } = NETWORK_FAULTS[exchange.fault.kind];
    return { reason, detail: `${place}: ${describeFault(exchange.fault)}.` };
  }
  const [reason, words] = meaningOf(exchange);
  const detail = `${place}: ${words}${evidenceOf(exchange)}.`;
  // Only an overloaded server has a say in when it is asked again; a rejected credential may be corrected at any time.
  const isLoad = reason === 'throttled' || reason === 'upstreamUnavailable';
  const retryAfterMs = isLoad ? parseRetryAfter(exchange.retryAfter, nowMs) : undefined;
  return retryAfterMs === undefined ? { reason, detail } : { reason, detail, retryAfterMs };
}

function meaningOf({ step, status = 0, json, error, suberror, codes }: TokenExchange): Meaning {
  const byCode = codes.map((code) => MEANINGS.get(code)).find((meaning) => meaning !== undefined);
  if (status === 429) return ['throttled', byCode?.[0] === 'throttled' ? byCode[1] : 'too many requests'];
  if (status >= 500) {
    return byCode?.[0] === 'throttled' || byCode?.[0] === 'upstreamUnavailable'
      ? byCode
      : ['upstreamUnavailable', 'a server error'];
  }
  if (status >= 300 && status < 400) return ['malformedAnswer', 'a redirect, which is never followed'];
  if (step === 'managedIdentity' && (status === 404 || status === 408 || status === 410)) {
    return ['upstreamUnavailable', 'the endpoint is not ready, or this machine has no such identity'];
  }
  if (!json) return ['malformedAnswer', 'the answer is not JSON; something between may have written it'];
  if (status < 400) return ['malformedAnswer', 'the answer lacks what it must hold'];
  if (byCode !== undefined) return byCode;
  if (suberror === 'consent_required') return ['consentMissing', 'consent is missing'];
  if (suberror === 'basic_action') return ['secondFactorRequired', 'Entra demands somebody at a screen'];
  const byError = error === undefined ? undefined : MEANINGS_BY_ERROR.get(error);
  if (byError !== undefined) return byError;
  if (step === 'managedIdentity') return ['credentialRejected', 'the identity was refused'];
  return ['requestRefused', 'the request was refused'];
}

function evidenceOf({ status, error, codes, traceId }: TokenExchange): string {
  const parts = [
    status === undefined ? undefined : `HTTP ${status}`,
    error,
    codes[0] === undefined ? undefined : `AADSTS${codes[0]}`,
    traceId === undefined ? undefined : `trace id ${traceId}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
