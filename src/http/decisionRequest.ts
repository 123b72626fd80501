import { z } from 'zod';
import type { HeaderLine, RequestContext } from '../node/requestContext.ts';
import {
  isAddress,
  LONGEST_ADDRESS,
  LONGEST_KEY,
  LONGEST_NODE,
  LONGEST_VALUE,
  MOST_HEADERS,
  MOST_VALUES,
} from './decisionRequestLimits.ts';
import { readDecisionRequest } from './readDecisionRequest.ts';

const headerValue = z.string().max(LONGEST_VALUE, 'must not be longer than 16,384 characters');

/** The body of `POST /v1/decisions`. */
export const decisionRequestSchema = z
  .strictObject({
    node: z.string().min(1).max(LONGEST_NODE).default('default').describe('Name of the node to ask.'),
    request: z
      .strictObject({
        headers: z
          .record(
            z.string().max(LONGEST_KEY),
            z.union([headerValue, z.array(headerValue).max(MOST_VALUES)], {
              error: 'must be text or a list of text',
            }),
          )
          .refine((headers) => Object.keys(headers).length <= MOST_HEADERS, {
            error: 'must not have more than 200 entries',
          })
          .default({})
          .describe('Headers of the request that is being decided, each with all its values.'),
        peerAddress: z
          .string()
          .max(LONGEST_ADDRESS)
          .refine(isAddress, { error: 'must be an IP address' })
          .optional()
          .describe('Address the request came from. It can only narrow what the caller is believed.'),
      })
      .prefault({})
      .describe('The request that is being decided.'),
    sharedState: z
      .record(z.string().max(LONGEST_KEY), z.unknown())
      .default({})
      .describe('State of the journey so far.'),
    recheck: z
      .boolean()
      .default(false)
      .describe(
        'Ask Microsoft again, whatever is remembered. Granted once in ten seconds to each device (`answers.recheckSeconds`); beyond that, the remembered answer comes with a warning.',
      ),
  })
  .describe('A request context to decide on.');

export type DecisionRequest = { readonly node: string; readonly context: Omit<RequestContext, 'caller'> };

export type ParsedDecisionRequest =
  | { readonly ok: true; readonly value: DecisionRequest }
  | { readonly ok: false; readonly errors: readonly { readonly pointer: string; readonly detail: string }[] };

/** Checks a body and brings it into the form the node reads. */
export function parseDecisionRequest(body: unknown): ParsedDecisionRequest {
  const read = readDecisionRequest(body);
  return read === undefined ? parseBySchema(body) : { ok: true, value: read };
}

/** The same, in full: the schema says what is wrong with a body. */
export function parseBySchema(body: unknown): ParsedDecisionRequest {
  const parsed = decisionRequestSchema.safeParse(body);
  if (!parsed.success) {
    return { ok: false, errors: parsed.error.issues.slice(0, 20).map((issue) => describe(issue)) };
  }
  const { node, request, sharedState, recheck } = parsed.data;
  return {
    ok: true,
    value: {
      node,
      context: {
        headers: headerLines(request.headers),
        peerAddress: request.peerAddress,
        sharedState,
        recheck,
      },
    },
  };
}

/** Two values of one header are two lines, as they were on the wire. */
function headerLines(headers: Readonly<Record<string, string | readonly string[]>>): readonly HeaderLine[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : value.map((one) => [name, one] as const),
  );
}

function describe(issue: z.core.$ZodIssue): { readonly pointer: string; readonly detail: string } {
  const keys = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const pointer = keys
    .map((key) => `/${String(key).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
  return { pointer, detail: issue.code === 'unrecognized_keys' ? 'is no known field' : issue.message };
}
