import { SIMULATED_ENDPOINTS, type SimulatedEndpoint } from './classifyRequest.ts';

/** One request to the token endpoint, IMDS or Graph. Holds no token, secret or password. */
export interface LoggedRequest {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The decoded query of a Graph request; absent for the others. */
  readonly query?: string;
  readonly endpoint: SimulatedEndpoint;
  readonly deviceId?: string;
  /** `null` while there is no answer, and for good if there never was one. */
  readonly status: number | null;
}

type NotedRequest = Omit<LoggedRequest, 'status' | 'query'> & { readonly search?: string };

export interface RequestLog {
  /** Notes a request and returns how to note its answer. `search` is the query as it was sent; it is decoded when somebody looks. */
  add(request: NotedRequest): (status: number) => void;
  /** How many requests there were of each kind since the log was cleared, those it no longer holds included. */
  counts(): Readonly<Record<SimulatedEndpoint, number>>;
  /** Oldest first; a copy. */
  list(): LoggedRequest[];
  clear(): void;
}

/** Keeps the newest `limit` requests. Default 10,000. */
export function createRequestLog({ limit = 10_000 }: { limit?: number } = {}): RequestLog {
  let requests: { readonly request: NotedRequest; status: number | null }[] = [];
  let counts = noRequests();
  return {
    add(request) {
      counts[request.endpoint] += 1;
      const entry = { request, status: null as number | null };
      requests.push(entry);
      // Trimmed in large steps: shifting one by one would copy the array for every request.
      if (requests.length > limit * 2) requests = requests.slice(-limit);
      return (status) => {
        entry.status = status;
      };
    },
    counts: () => ({ ...counts }),
    list: () => requests.slice(-limit).map(describe),
    clear() {
      requests = [];
      counts = noRequests();
    },
  };
}

function noRequests(): Record<SimulatedEndpoint, number> {
  return Object.fromEntries(SIMULATED_ENDPOINTS.map((endpoint) => [endpoint, 0])) as Record<
    SimulatedEndpoint,
    number
  >;
}

function describe({ request, status }: { request: NotedRequest; status: number | null }): LoggedRequest {
  const { at, method, path, search = '', endpoint, deviceId } = request;
  return {
    at,
    method,
    path,
    ...(search === '' ? {} : { query: decodeQuery(search) }),
    endpoint,
    ...(deviceId === undefined ? {} : { deviceId }),
    status,
  };
}

function decodeQuery(search: string): string {
  return [...new URLSearchParams(search)].map(([name, value]) => `${name}=${value}`).join('&');
}
