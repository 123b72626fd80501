import { z } from 'zod';
import { OUTCOME_IDS, OUTCOMES } from '../outcomes/outcome.ts';
import { REASON_NAMES, REASONS } from '../outcomes/reason.ts';
import { deviceApiPaths, deviceStandingSchema } from './deviceApi.ts';
import { decisionRequestSchema } from './decisionRequest.ts';
import { eventsPaths } from './eventsPaths.ts';
import { forwardAuthPaths } from './forwardAuthPaths.ts';
import { operationPaths, operationRequestSchema } from './operationPaths.ts';

const nullable = (type: string, description: string): object => ({ type: [type, 'null'], description });

const decisionSchema = {
  type: 'object',
  required: [
    'outcome',
    'outcomeId',
    'reason',
    'message',
    'decisionId',
    'node',
    'evaluatedAt',
    'deviceId',
    'deviceIdSource',
    'deviceIdKind',
    'managedDeviceId',
    'azureADDeviceId',
    'evidence',
    'retryAfterSeconds',
    'warnings',
    'sharedState',
  ],
  properties: {
    outcome: { enum: OUTCOMES },
    outcomeId: { enum: Object.values(OUTCOME_IDS), description: 'The id of the outcome in PingAM trees.' },
    reason: {
      enum: REASON_NAMES,
      description: REASON_NAMES.map((name) => `- \`${name}\`: ${REASONS[name].meaning}`).join('\n'),
    },
    message: { type: 'string', description: 'What happened, for administrators.' },
    decisionId: { type: 'string', format: 'uuid' },
    node: { type: 'string' },
    evaluatedAt: { type: 'string', format: 'date-time' },
    deviceId: nullable('string', 'The id the device presented, canonical.'),
    deviceIdSource: { enum: ['certificate', 'header', 'sharedState', 'operator', null] },
    deviceIdKind: { enum: ['intune', 'entra', 'unknown', null] },
    managedDeviceId: nullable('string', "Intune's id of the device, once found."),
    azureADDeviceId: nullable('string', "Entra's id of the device, once found."),
    evidence: {
      type: 'object',
      required: ['source', 'ageSeconds', 'lastSyncDateTime'],
      properties: {
        source: { enum: ['graph', 'cache', 'staleCache', null] },
        ageSeconds: nullable('integer', 'Age of the answer from Microsoft, in seconds.'),
        lastSyncDateTime: nullable('string', 'When the device last checked in with Intune.'),
      },
    },
    retryAfterSeconds: nullable(
      'integer',
      'How long Microsoft is left alone, if that is why there is no answer.',
    ),
    warnings: {
      type: 'array',
      items: {
        type: 'object',
        required: ['reason', 'message'],
        properties: { reason: { enum: REASON_NAMES }, message: { type: 'string' } },
      },
    },
    sharedState: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Entries to merge into shared state.',
    },
  },
} as const;

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    reason: { type: 'string', description: 'Why Microsoft did not answer, where that is the problem.' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { pointer: { type: 'string' }, detail: { type: 'string' } } },
    },
  },
} as const;

const problemAnswer = (description: string): object => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const statusAnswer = (description: string): object => ({
  description,
  content: { 'application/json': { schema: { type: 'object', properties: { status: { const: 'ok' } } } } },
});

/** The HTTP contract of the gate, OpenAPI 3.1. */
export function createOpenApi(): object {
  const { $schema: _, ...decisionRequest } = z.toJSONSchema(decisionRequestSchema, { io: 'input' });
  return {
    openapi: '3.1.0',
    info: {
      title: 'intune-gate',
      version: '1',
      description: 'May this device go on, and if not, why not?',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: {
      '/v1/decisions': {
        post: {
          operationId: 'decide',
          summary: 'One decision about the device behind a request',
          security: [{ apiKey: [] }, { clientCertificate: [] }],
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/DecisionRequest' } } },
          },
          responses: {
            '200': {
              description: 'A decision; the outcome Error is one too.',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Decision' } } },
            },
            '400': problemAnswer('The request is malformed; `errors` names the fields.'),
            '401': problemAnswer('No known caller.'),
            '403': problemAnswer('The caller may not ask this node.'),
            '413': problemAnswer('The body is too large.'),
            '415': problemAnswer('The body is not JSON.'),
            '422': problemAnswer('There is no node of this name.'),
          },
        },
      },
      ...operationPaths(problemAnswer),
      ...forwardAuthPaths(),
      ...deviceApiPaths(problemAnswer),
      ...eventsPaths(),
      '/livez': {
        get: {
          operationId: 'livez',
          summary: 'The process answers',
          responses: { '200': statusAnswer('It does.') },
        },
      },
      '/readyz': {
        get: {
          operationId: 'readyz',
          summary: 'The gate takes work',
          responses: { '200': statusAnswer('It does.'), '503': problemAnswer('It is shutting down.') },
        },
      },
      '/metrics': {
        get: {
          operationId: 'metrics',
          summary: 'Metrics, as Prometheus text or OpenMetrics',
          description: 'Only on listeners with `monitoring`.',
          responses: {
            '200': {
              description: 'What was counted and measured.',
              content: {
                'text/plain': { schema: { type: 'string' } },
                'application/openmetrics-text': { schema: { type: 'string' } },
              },
            },
            '404': problemAnswer('This listener does not serve monitoring.'),
          },
        },
      },
      '/health': {
        get: {
          operationId: 'health',
          summary: 'How the gate and its way to Microsoft are',
          description: 'Only on listeners with `monitoring`.',
          responses: {
            '200': statusAnswer('Tenants, memory, places, the last reload, and when certificates expire.'),
            '404': problemAnswer('This listener does not serve monitoring.'),
          },
        },
      },
    },
    components: {
      schemas: {
        DecisionRequest: decisionRequest,
        Decision: decisionSchema,
        DeviceStanding: deviceStandingSchema,
        OperationRequest: operationRequestSchema(),
        Problem: problemSchema,
      },
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer' },
        clientCertificate: { type: 'mutualTLS' },
        session: {
          type: 'apiKey',
          in: 'header',
          name: 'iPlanetDirectoryPro',
          description:
            'The token of a session, under the name of its cookie (`journeys.sessions.cookieName`).',
        },
      },
    },
  };
}
