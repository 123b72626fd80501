import type { SimulatedEndpoint } from './classifyRequest.ts';

/** A way for an answer to go wrong. */
export type Fault =
  /** This status. `retryAfter` is the raw header value: seconds, a fraction or an HTTP date. `body` defaults to `json`. */
  | { kind: 'status'; status: number; retryAfter?: string; body?: FaultBody }
  /** The normal answer, after a delay. */
  | { kind: 'slow'; delayMs: number }
  /** Headers and half of the normal body, then the connection breaks. */
  | { kind: 'cutOff' }
  /** The connection breaks without an answer. */
  | { kind: 'reset' }
  /** 200, JSON by its content type, but not JSON. Default body: a JSON object without its end. */
  | { kind: 'wrongJson'; body?: string }
  /** 200 with this JSON. */
  | { kind: 'replace'; body: unknown }
  /** Never an answer; the connection stays open. */
  | { kind: 'hang' };

/** `json`: the usual body for this status and endpoint. `nested`: Intune's JSON inside `message`. `html`: a gateway's page. */
export type FaultBody = 'json' | 'html' | 'empty' | 'nested';

export interface FaultRule {
  id: string;
  /** All that is given must match. An empty match means every request to the token endpoint, IMDS and Graph. */
  match: {
    endpoint?: SimulatedEndpoint;
    /** The id in the path, or the first id in `$filter`; letter case does not count. */
    deviceId?: string;
  };
  /** How often the fault happens. Default: always. Counted down by {@link takeFault}. */
  times?: number;
  /** How many matching requests pass unharmed before. Default 0. Counted down by {@link takeFault}. */
  skip?: number;
  fault: Fault;
}

/** Finds the first rule for this request and uses it up by one. Rules that are still skipping or used up do not hide later ones. */
export function takeFault(
  rules: FaultRule[],
  request: { endpoint: SimulatedEndpoint; deviceId?: string },
): Fault | undefined {
  for (const rule of rules) {
    if (!matches(rule, request)) continue;
    if (rule.skip !== undefined && rule.skip > 0) {
      rule.skip -= 1;
      continue;
    }
    if (rule.times !== undefined) {
      if (rule.times <= 0) continue;
      rule.times -= 1;
    }
    return rule.fault;
  }
  return undefined;
}

function matches(
  { match }: FaultRule,
  { endpoint, deviceId }: { endpoint: SimulatedEndpoint; deviceId?: string },
): boolean {
  if (match.endpoint !== undefined && match.endpoint !== endpoint) return false;
  return match.deviceId === undefined || match.deviceId.toLowerCase() === deviceId?.toLowerCase();
}
