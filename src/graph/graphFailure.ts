import type { UpstreamReason } from '../outcomes/reason.ts';
import {
  acceptedScopes,
  isAboutTheRoute,
  parseGraphError,
  unknownProperty,
  type GraphError,
} from './graphError.ts';
import type { GraphEndpoint } from './graphEvent.ts';
import { parseJsonObject, type JsonObject } from './jsonObject.ts';
import type { TokenGrants } from './tokenGrants.ts';

export interface GraphExchange {
  readonly endpoint: GraphEndpoint;
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Of the token that was sent; read only where it matters. */
  readonly grants: () => TokenGrants;
}

export type GraphVerdict =
  | { readonly kind: 'body'; readonly body: JsonObject }
  /** Graph itself says there is no such thing. */
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'failed';
      readonly reason: UpstreamReason;
      /** In words; codes and names in it were checked for shape, Graph's own text is never passed on. */
      readonly detail: string;
      /** May the next try go better? */
      readonly passing: boolean;
      /** 401: a newer token may help. */
      readonly tokenRefused?: true;
    };

/** What can be absent; a list or the tenant's settings cannot. */
const ABSENT_IS_AN_ANSWER: ReadonlySet<GraphEndpoint> = new Set([
  'managedDevice',
  'entraDevice',
  'detectedApps',
  'deviceAction',
  'policyStates',
  'groupMembers',
  'memberships',
]);

const NEEDED: Readonly<Record<GraphEndpoint, string>> = {
  managedDevice: 'DeviceManagementManagedDevices.Read.All',
  managedDevices: 'DeviceManagementManagedDevices.Read.All',
  detectedApps: 'DeviceManagementManagedDevices.Read.All',
  entraDevice: 'Device.Read.All',
  tenantSettings: 'DeviceManagementConfiguration.Read.All',
  policyStates: 'DeviceManagementConfiguration.Read.All',
  deviceAction:
    'DeviceManagementManagedDevices.PrivilegedOperations.All, to delete DeviceManagementManagedDevices.ReadWrite.All,',
  deviceBatch: 'DeviceManagementManagedDevices.Read.All',
  groups: 'GroupMember.Read.All',
  groupMembers: 'GroupMember.Read.All',
  memberships: 'GroupMember.Read.All, with User.Read.All or Device.Read.All,',
};

/** Pure: what a whole answer of Graph means, by status, then by what its body says. */
export function judgeGraphAnswer(exchange: GraphExchange): GraphVerdict {
  const { status, text } = exchange;
  if (status === 200) {
    const body = parseJsonObject(text);
    if (body === undefined) return malformed('the answer is not a JSON object');
    return { kind: 'body', body };
  }
  // Graph has taken up an action, and has nothing more to say.
  if (exchange.endpoint === 'deviceAction' && (status === 202 || status === 204))
    return { kind: 'body', body: {} };
  if (status === 429) return failed('throttled', 'Graph is throttling', exchange, true);
  if (status >= 500) {
    return failed(
      'upstreamUnavailable',
      'Graph reports a server error',
      exchange,
      [500, 502, 503, 504].includes(status),
    );
  }
  if (status >= 300 && status < 400) return malformed('a redirect, which is never followed', status);
  const error = parseGraphError(text);
  if (error === undefined || status < 300) {
    return malformed('the answer is not one of Graph; something between may have written it', status);
  }
  switch (status) {
    case 401:
      return refusedToken(error, exchange);
    case 403:
      return refusedPermission(error, exchange);
    case 404:
      if (ABSENT_IS_AN_ANSWER.has(exchange.endpoint) && !isAboutTheRoute(error)) return { kind: 'absent' };
      return failed('requestRefused', 'Graph does not know this route', exchange, false, error);
    default:
      return failed(
        'requestRefused',
        `Graph refused the request${propertyHint(error)}`,
        exchange,
        false,
        error,
      );
  }
}

function refusedToken(error: GraphError, exchange: GraphExchange): GraphVerdict {
  const verdict =
    error.nested || error.code === 'UnknownError' || error.code === 'Forbidden'
      ? failed(
          'licenceOrRoleMissing',
          'Intune refused a token that Graph accepted: no Intune licence in the tenant, or no Intune role for the account',
          exchange,
          false,
          error,
        )
      : failed('credentialRejected', 'Graph rejected the access token', exchange, false, error);
  return verdict.kind === 'failed' ? { ...verdict, tokenRefused: true } : verdict;
}

function refusedPermission(error: GraphError, exchange: GraphExchange): GraphVerdict {
  const { endpoint } = exchange;
  const grants = exchange.grants();
  if (grants.readable && grants.kind === 'none') {
    const words = `the token carries no permission at all; ${NEEDED[endpoint]} must be added and consented to`;
    return failed('consentMissing', words, exchange, false, error);
  }
  const scopes = acceptedScopes(error);
  const words =
    scopes.length > 0 ? `Graph accepts any of ${scopes.join(', ')}` : `${NEEDED[endpoint]} is needed`;
  return failed('permissionMissing', `a permission is missing: ${words}`, exchange, false, error);
}

function propertyHint(error: GraphError): string {
  const name = unknownProperty(error);
  return name === undefined ? '' : `: it knows no property named ${name}`;
}

function malformed(words: string, status = 200): GraphVerdict {
  return {
    kind: 'failed',
    reason: 'malformedAnswer',
    detail: `Graph, HTTP ${status}: ${words}.`,
    passing: false,
  };
}

function failed(
  reason: UpstreamReason,
  words: string,
  { status, headers }: GraphExchange,
  passing: boolean,
  error?: GraphError,
): GraphVerdict {
  const code = error !== undefined && /^[\w. -]{1,80}$/.test(error.code) ? error.code : undefined;
  const id = headers['request-id'] ?? error?.requestId;
  const requestId = id !== undefined && /^[0-9a-f-]{36}$/i.test(id) ? `request id ${id}` : undefined;
  const evidence = [`HTTP ${status}`, code, requestId].filter((part) => part !== undefined).join(', ');
  return { kind: 'failed', reason, detail: `${capitalised(words)} (${evidence}).`, passing };
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
