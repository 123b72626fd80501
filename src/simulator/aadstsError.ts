import { randomUUID } from 'node:crypto';

/** What an error text may mention. */
export interface AadstsDetails {
  readonly appId?: string;
  readonly appName?: string;
  readonly tenant?: string;
  readonly value?: string;
}

interface AadstsRow {
  readonly status: number;
  readonly error: string;
  readonly suberror?: string;
  readonly text: (details: AadstsDetails) => string;
}

const GRAPH_APP = '00000003-0000-0000-c000-000000000000';

/** Errors of the token endpoint by their AADSTS number. */
export const AADSTS = {
  7000215: {
    status: 401,
    error: 'invalid_client',
    text: ({ appId }) =>
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${appId}'.`,
  },
  7000222: {
    status: 401,
    error: 'invalid_client',
    text: ({ appId }) =>
      `The provided client secret keys for app '${appId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
  },
  7000218: {
    status: 401,
    error: 'invalid_client',
    text: () =>
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
  7000229: {
    status: 400,
    error: 'invalid_client',
    text: ({ appId, tenant }) =>
      `The client application ${appId} is missing service principal in the tenant ${tenant}.`,
  },
  700016: {
    status: 400,
    error: 'unauthorized_client',
    text: ({ appId, tenant }) =>
      `Application with identifier '${appId}' was not found in the directory '${tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  },
  700024: {
    status: 401,
    error: 'invalid_client',
    text: () => 'Client assertion is not within its valid time range.',
  },
  700027: {
    status: 401,
    error: 'invalid_client',
    text: ({ value }) =>
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - ${value}]`,
  },
  700023: {
    status: 401,
    error: 'invalid_client',
    text: () => 'Client assertion audience claim does not match Realm issuer.',
  },
  50027: { status: 401, error: 'invalid_client', text: () => 'JWT token is invalid or malformed.' },
  50059: {
    status: 400,
    error: 'invalid_request',
    text: () =>
      'No tenant-identifying information found in either the request or implied by any provided credentials.',
  },
  90002: {
    status: 400,
    error: 'invalid_request',
    text: ({ tenant }) =>
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  },
  70021: {
    status: 400,
    error: 'invalid_request',
    text: () => 'No matching federated identity record found for presented assertion.',
  },
  50126: {
    status: 400,
    error: 'invalid_grant',
    text: () => 'Error validating credentials due to invalid username or password.',
  },
  50076: {
    status: 400,
    error: 'invalid_grant',
    suberror: 'basic_action',
    text: () =>
      `Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '${GRAPH_APP}'.`,
  },
  50196: {
    status: 400,
    error: 'invalid_grant',
    text: () =>
      'The server terminated an operation because it encountered a loop while processing a request.',
  },
  65001: {
    status: 400,
    error: 'invalid_grant',
    suberror: 'consent_required',
    text: ({ appId, appName }) =>
      `The user or administrator has not consented to use the application with ID '${appId}' named '${appName}'. Send an interactive authorization request for this user and resource.`,
  },
  70000: {
    status: 400,
    error: 'invalid_grant',
    text: () => 'The provided value for the input parameter refresh_token is not valid.',
  },
  70003: {
    status: 400,
    error: 'unsupported_grant_type',
    text: ({ value }) => `The app requested an unsupported grant type '${value}'.`,
  },
  70011: {
    status: 400,
    error: 'invalid_scope',
    text: ({ value }) =>
      `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${value} is not valid.`,
  },
  500011: {
    status: 400,
    error: 'invalid_resource',
    text: ({ value, tenant }) =>
      `The resource principal named ${value} was not found in the tenant named ${tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
  },
  900144: {
    status: 400,
    error: 'invalid_request',
    text: ({ value }) => `The request body must contain the following parameter: '${value}'.`,
  },
  90033: {
    status: 503,
    error: 'temporarily_unavailable',
    text: () => 'A transient error has occurred. Please try again.',
  },
  90055: {
    status: 429,
    error: 'temporarily_unavailable',
    text: () => 'Your request was throttled. Please try again later.',
  },
} as const satisfies Record<number, AadstsRow>;

export type AadstsCode = keyof typeof AADSTS;

/** The token endpoint refuses. A value, not an exception. */
export interface AadstsFailure {
  readonly ok: false;
  readonly code: AadstsCode;
  readonly details: AadstsDetails;
}

export function aadstsFailure(code: AadstsCode, details: AadstsDetails = {}): AadstsFailure {
  return { ok: false, code, details };
}

/** The body Microsoft's token endpoint sends for a failure. */
export function aadstsBody(
  { code, details }: Omit<AadstsFailure, 'ok'>,
  context: { now: number; origin: string; correlationId: string | undefined; error?: string },
): Record<string, unknown> {
  const row: AadstsRow = AADSTS[code];
  const timestamp = `${new Date(context.now).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const traceId = randomUUID();
  const correlationId = context.correlationId ?? randomUUID();
  return {
    error: context.error ?? row.error,
    error_description: `AADSTS${code}: ${row.text(details)} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `${context.origin}/error?code=${code}`,
    ...(row.suberror === undefined ? {} : { suberror: row.suberror }),
    ...(code === 50076
      ? {
          claims:
            '{"access_token":{"capolids":{"essential":true,"values":["c0ffee00-0000-4000-8000-000000000001"]}}}',
        }
      : {}),
  };
}
