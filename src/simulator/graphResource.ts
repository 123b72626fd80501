import type { GraphAnswer, GraphErrors } from './graphErrors.ts';
import type { ProtectedEndpoint, World } from './world.ts';

export type GraphVersion = 'v1.0' | 'beta';

/** A Graph request whose token and permissions are in order. */
export interface GraphRequest {
  readonly world: World;
  readonly version: GraphVersion;
  /** What stood for the placeholders of the pattern, in order. */
  readonly keys: readonly string[];
  readonly query: URLSearchParams;
  /** Origin and version, such as `https://127.0.0.1:8443/v1.0`. */
  readonly root: string;
  /** The address as it was asked for, without query. */
  readonly url: string;
  readonly errors: GraphErrors;
  /** JSON; undefined if there was none. */
  readonly body: unknown;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Does the token hold a permission for this? */
  readonly may: (endpoint: ProtectedEndpoint) => boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** One Graph address, and what is done there. */
export interface GraphResource {
  readonly endpoint: ProtectedEndpoint;
  /** Another one whose permission is needed as well. */
  readonly also?: ProtectedEndpoint;
  /** Default: GET. */
  readonly method?: 'POST' | 'DELETE';
  /** Path below the version. `{}` takes any key; letter case does not count. */
  readonly pattern: readonly string[];
  /** Default: both. */
  readonly only?: GraphVersion;
  handle(request: GraphRequest): GraphAnswer;
}

/** The keys if the path fits the pattern. */
export function matchPattern(pattern: readonly string[], path: readonly string[]): string[] | undefined {
  if (pattern.length !== path.length) return undefined;
  const keys: string[] = [];
  for (const [index, expected] of pattern.entries()) {
    const segment = path[index] ?? '';
    if (expected === '{}') keys.push(segment);
    else if (expected.toLowerCase() !== segment.toLowerCase()) return undefined;
  }
  return keys;
}
