import type { HeaderLine } from '../node/requestContext.ts';
import type { DecisionRequest } from './decisionRequest.ts';
import {
  isAddress,
  LONGEST_ADDRESS,
  LONGEST_KEY,
  LONGEST_NODE,
  LONGEST_VALUE,
  MOST_HEADERS,
  MOST_VALUES,
} from './decisionRequestLimits.ts';

/**
 * Reads a body that is as it should be: exactly what the schema accepts, in a tenth of its time. Undefined for any other body; what is
 * wrong with that is for the schema to say.
 */
export function readDecisionRequest(body: unknown): DecisionRequest | undefined {
  if (!isRecord(body)) return undefined;
  let node: unknown = 'default';
  let request: DeliveredHeaders | undefined = NO_HEADERS;
  let sharedState: unknown = {};
  let recheck: unknown = false;
  for (const [name, value] of Object.entries(body)) {
    switch (name) {
      case 'node':
        node = value;
        break;
      case 'request':
        request = readRequest(value);
        break;
      case 'sharedState':
        sharedState = value;
        break;
      case 'recheck':
        recheck = value;
        break;
      default:
        return undefined;
    }
  }
  return request !== undefined &&
    isText(node, LONGEST_NODE) &&
    node !== '' &&
    isRecord(sharedState) &&
    Object.keys(sharedState).every(isKey) &&
    typeof recheck === 'boolean'
    ? { node, context: { ...request, sharedState, recheck } }
    : undefined;
}

type DeliveredHeaders = Pick<DecisionRequest['context'], 'headers' | 'peerAddress'>;

const NO_HEADERS: DeliveredHeaders = { headers: [], peerAddress: undefined };

function readRequest(request: unknown): DeliveredHeaders | undefined {
  if (!isRecord(request)) return undefined;
  let headers: readonly HeaderLine[] | undefined = NO_HEADERS.headers;
  let peerAddress: string | undefined;
  for (const [name, value] of Object.entries(request)) {
    if (name === 'headers') headers = readHeaders(value);
    else if (name === 'peerAddress' && isText(value, LONGEST_ADDRESS) && isAddress(value))
      peerAddress = value;
    else return undefined;
  }
  return headers && { headers, peerAddress };
}

/** Two values of one header are two lines, as they were on the wire. */
function readHeaders(headers: unknown): readonly HeaderLine[] | undefined {
  if (!isRecord(headers)) return undefined;
  const names = Object.keys(headers);
  if (names.length > MOST_HEADERS) return undefined;
  const lines: HeaderLine[] = [];
  for (const name of names) {
    const value = headers[name];
    if (!isKey(name)) return undefined;
    if (isText(value, LONGEST_VALUE)) lines.push([name, value]);
    else if (!Array.isArray(value) || value.length > MOST_VALUES) return undefined;
    else {
      for (const one of value as readonly unknown[]) {
        if (!isText(one, LONGEST_VALUE)) return undefined;
        lines.push([name, one]);
      }
    }
  }
  return lines;
}

/** Neither null nor a list: JSON has no other objects. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest;
}

function isKey(key: string): boolean {
  return key.length <= LONGEST_KEY && key !== '__proto__';
}
