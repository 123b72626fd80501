import { z } from 'zod';
import { OUTCOMES } from '../outcomes/outcome.ts';
import { REASON_NAMES } from '../outcomes/reason.ts';
import { erasureSchema } from './erasureSchema.ts';

const problem = (description: string): object => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const json = (description: string, schema: object): object => ({
  description,
  content: { 'application/json': { schema } },
});
const SECURITY = [{ apiKey: [] }, { clientCertificate: [] }];
const TIME = { type: 'string', format: 'date-time' };

const run = {
  type: 'object',
  required: ['node', 'outcome', 'reason', 'user', 'firstAt', 'firstDecisionId', 'lastAt', 'lastDecisionId'],
  properties: {
    node: { type: 'string' },
    outcome: { enum: OUTCOMES },
    reason: { enum: REASON_NAMES },
    user: {
      type: ['string', 'null'],
      description: 'Whose login the first decision was for, as `events.userNames` has it.',
    },
    firstAt: TIME,
    firstDecisionId: { type: 'string' },
    lastAt: TIME,
    lastDecisionId: { type: 'string' },
  },
} as const;

/** The routes of histories and of security events, for OpenAPI. */
export function eventsPaths(): Record<string, object> {
  const { $schema: _, ...erasure } = z.toJSONSchema(erasureSchema, { io: 'input' });
  return {
    '/v1/history/{deviceId}': {
      get: {
        operationId: 'history',
        summary: 'What was decided about a device: runs of decisions that said the same, oldest first',
        security: SECURITY,
        parameters: [
          {
            name: 'deviceId',
            in: 'path',
            required: true,
            schema: { type: 'string', format: 'uuid' },
            description: 'Its Intune or Entra id.',
          },
          {
            name: 'since',
            in: 'query',
            schema: TIME,
            description: 'Leaves out what ended before.',
          },
        ],
        responses: {
          '200': json('Its history, which may be empty.', {
            type: 'object',
            required: ['deviceId', 'complete', 'runs'],
            properties: {
              deviceId: { type: 'string' },
              complete: { type: 'boolean', description: 'False where only one replica could be asked.' },
              runs: { type: 'array', items: run },
            },
          }),
          '400': problem('The path names no device id, or `since` no time.'),
          '401': problem('No known caller.'),
          '403': problem('The caller may not read histories.'),
          '404': problem('No history is kept.'),
        },
      },
    },
    '/v1/history/erase': {
      post: {
        operationId: 'eraseHistory',
        summary: 'Forgets what was decided about a device, or for a user',
        security: SECURITY,
        requestBody: { required: true, content: { 'application/json': { schema: erasure } } },
        responses: {
          '200': json('It is done.', {
            type: 'object',
            required: ['devices'],
            properties: {
              devices: { type: 'integer', description: 'Of how many devices something was erased.' },
            },
          }),
          '400': problem('The body names neither a device nor a user.'),
          '401': problem('No known caller.'),
          '403': problem('The caller may not erase histories.'),
          '404': problem('Nothing is taken down.'),
          '503': problem('What replicas share cannot be reached.'),
        },
      },
    },
    '/.well-known/ssf-configuration': {
      get: {
        operationId: 'ssfConfiguration',
        summary: 'What receivers of security event tokens need to know',
        responses: {
          '200': json('Issuer, keys and ways of delivery.', { type: 'object' }),
          '404': problem('No security events are sent.'),
        },
      },
    },
    '/v1/events/keys': {
      get: {
        operationId: 'securityEventKeys',
        summary: 'The public keys of security event tokens (JWK set)',
        responses: {
          '200': json('The keys.', { type: 'object' }),
          '404': problem('No security events are sent.'),
        },
      },
    },
  };
}
