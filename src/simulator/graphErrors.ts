import { randomUUID } from 'node:crypto';

/** An answer of Graph, before it is written to the wire. */
export interface GraphAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GraphErrors {
  /** The ordinary envelope. */
  plain(status: number, code: string, message: string): GraphAnswer;
  /** Intune's JSON inside `message`: a generic refusal. */
  nested(status: number, code: string, text?: string): GraphAnswer;
  /** 401 for a valid token: no licence, no role inside Intune, or the service refuses. JSON three levels deep. */
  intuneRefusal(): GraphAnswer;
  /** 403: names the permissions that would do. */
  missingScope(accepted: readonly string[]): GraphAnswer;
  /** 401 of Graph's own gateway. */
  badToken(message: string): GraphAnswer;
  throttled(): GraphAnswer;
  /** 503 with the service's own timeout inside. */
  serviceTimeout(): GraphAnswer;
}

const NO_OPERATION = '00000000-0000-0000-0000-000000000000';

/** Error bodies for one request, in every shape the real service is known to use. */
export function createGraphErrors(request: {
  readonly requestId: string;
  readonly clientRequestId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Below the version, such as `deviceManagement/managedDevices('…')`. */
  readonly resourcePath: string;
  readonly origin: string;
}): GraphErrors {
  // Made when there is an error: most requests have none.
  const innerError = () => ({
    // No `Z` in this date, although it is UTC.
    date: new Date(request.now).toISOString().slice(0, 19),
    'request-id': request.requestId,
    'client-request-id': request.clientRequestId,
  });
  const operation = (): string =>
    [
      `Operation ID (for customer support): ${NO_OPERATION}`,
      `Activity ID: ${request.clientRequestId}`,
      `Url: https://fef.simulated01.manage.microsoft.com/DeviceFE/StatelessDeviceFEService/${request.resourcePath}?api-version=2025-07-09`,
    ].join(' - ');

  const plain: GraphErrors['plain'] = (status, code, message) => ({
    status,
    body: { error: { code, message, innerError: innerError() } },
  });

  return {
    plain,
    nested: (status, code, text = 'An error has occurred') =>
      plain(status, code, nest(`${text} - ${operation()}`)),
    intuneRefusal() {
      const challenge = {
        'WWW-Authenticate': `Bearer realm="urn:intune:service,${randomUUID()},${randomUUID()}"`,
      };
      const inner = {
        ErrorCode: 'Forbidden',
        Message: nest(`An error has occurred - ${operation()}`, { HttpHeaders: JSON.stringify(challenge) }),
        Target: null,
        Details: null,
        InnerError: null,
        InstanceAnnotations: [],
        TypeAnnotation: null,
      };
      return plain(401, 'UnknownError', JSON.stringify(inner));
    },
    missingScope: (accepted) =>
      plain(
        403,
        'Forbidden',
        nest(
          `Application is not authorized to perform this operation. Application must have one of the following scopes: ${accepted.join(', ')} - ${operation()}`,
        ),
      ),
    badToken: (message) => ({
      ...plain(401, 'InvalidAuthenticationToken', message),
      headers: {
        'www-authenticate': `Bearer realm="", authorization_uri="${request.origin}/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`,
      },
    }),
    throttled: () => ({
      status: 429,
      body: {
        error: {
          code: 'TooManyRequests',
          innerError: {
            code: '429',
            date: innerError().date,
            message: 'Please retry after',
            'request-id': request.requestId,
            status: '429',
          },
          message: 'Please retry again later.',
        },
      },
    }),
    serviceTimeout: () =>
      plain(
        503,
        'CancelledOnServiceTimeout',
        nest(
          `ScenarioTimeout=15000ms, RequestTimeout=15000ms,Elaspsed=28387ms, CancelOnTimeout for #6374, ${operation()}`,
          {
            CustomApiErrorPhrase: 'CancelOnTimeout4EndExecuteAction',
            ErrorSourceService: 'StatelessDeviceFEService',
          },
        ),
      ),
  };
}

function nest(message: string, overrides: Record<string, string> = {}): string {
  const inner = {
    _version: 3,
    Message: message,
    CustomApiErrorPhrase: '',
    RetryAfter: null,
    ErrorSourceService: '',
    HttpHeaders: '{}',
    ...overrides,
  };
  return JSON.stringify(inner, null, 2).replaceAll('\n', '\r\n');
}
