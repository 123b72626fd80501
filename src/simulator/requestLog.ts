import type { SimulatedEndpoint } from './classifyRequest.ts';

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

export interface RequestLog {
  /** Notes a request and returns how to note its answer. */
  add(request: Omit<LoggedRequest, 'status'>): (status: number) => void;
  /** Oldest first; a copy. */
  list(): LoggedRequest[];
  clear(): void;
}

/** Keeps the newest `limit` requests. Default 10,000. */
export function createRequestLog({ limit = 10_000 }: { limit?: number } = {}): RequestLog {
  let requests: (Omit<LoggedRequest, 'status'> & { status: number | null })[] = [];
  return {
    add(request) {
      const entry = { ...request, status: null as number | null };
      requests.push(entry);
      // Trimmed in large steps: shifting one by one would copy the array for every request.
      if (requests.length > limit * 2) requests = requests.slice(-limit);
      return (status) => {
        entry.status = status;
      };
    },
    list: () => requests.slice(-limit).map((entry) => ({ ...entry })),
    clear() {
      requests = [];
    },
  };
}
