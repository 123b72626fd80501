import { z } from 'zod';
import { OUTCOME_IDS, OUTCOMES } from '../outcomes/outcome.ts';
import { REASON_NAMES } from '../outcomes/reason.ts';
import { deviceQuestion } from './routes/device.ts';

const nullable = (type: string, description: string): object => ({ type: [type, 'null'], description });

/** What the device page tells, as `/v1/device` tells it. */
export const deviceStandingSchema = {
  type: 'object',
  required: [
    'outcome',
    'outcomeId',
    'reason',
    'title',
    'text',
    'decisionId',
    'evaluatedAt',
    'evidence',
    'device',
    'failedSettings',
    'failedSettingsAgeSeconds',
    'recheck',
    'progressText',
  ],
  properties: {
    outcome: { enum: OUTCOMES },
    outcomeId: { enum: Object.values(OUTCOME_IDS) },
    reason: { enum: REASON_NAMES },
    title: { type: 'string', description: 'In the language of `Accept-Language`, for people.' },
    text: { type: 'string', description: 'Why, and what to do; for people.' },
    decisionId: { type: 'string', format: 'uuid' },
    evaluatedAt: { type: 'string', format: 'date-time' },
    evidence: { $ref: '#/components/schemas/Decision/properties/evidence' },
    device: {
      type: 'object',
      required: ['name', 'operatingSystem', 'osVersion', 'graceEndsAt'],
      properties: {
        name: nullable('string', 'Whatever somebody called the device: untrusted text.'),
        operatingSystem: nullable('string', 'As Intune writes it.'),
        osVersion: nullable('string', 'As Intune writes it.'),
        graceEndsAt: nullable('string', 'Until when a device in its grace period passes.'),
      },
    },
    failedSettings: {
      type: ['array', 'null'],
      description: 'Null where Intune cannot say, or may not be asked.',
      items: {
        type: 'object',
        required: ['policy', 'setting', 'state', 'title', 'advice', 'link'],
        properties: {
          policy: { type: 'string' },
          setting: { type: 'string' },
          state: { type: 'string' },
          title: { type: 'string' },
          advice: { type: 'string' },
          link: nullable('string', "Microsoft's help."),
        },
      },
    },
    failedSettingsAgeSeconds: nullable('integer', 'Age of the list above.'),
    recheck: {
      type: 'object',
      required: ['state', 'secondsLeft', 'nextInSeconds', 'told', 'checkedIn'],
      properties: {
        state: { enum: ['none', 'running', 'changed', 'unchanged'] },
        secondsLeft: { type: 'integer' },
        nextInSeconds: { type: 'integer', description: 'When another one may begin.' },
        told: nullable('boolean', 'Was the device told to check in? Null if nobody tried.'),
        checkedIn: { type: 'boolean', description: 'Has it checked in since?' },
      },
    },
    progressText: nullable('string', 'What a recheck that runs waits for; for people.'),
  },
} as const;

type ProblemAnswer = (description: string) => object;

/** The paths of `/v1/device`, for OpenAPI. */
export function deviceApiPaths(problem: ProblemAnswer): object {
  const { $schema: _, ...question } = z.toJSONSchema(deviceQuestion, { io: 'input' });
  const standing = (description: string): object => ({
    description,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/DeviceStanding' } } },
  });
  const body = (required: boolean): object => ({
    required,
    content: { 'application/json': { schema: question } },
  });
  const refusals = {
    '401': problem('Nobody known.'),
    '403': problem('The request does not prove the device of its session, or the caller was not granted it.'),
    '404': problem('No pages are configured, or there is no device.'),
  };
  return {
    '/v1/device': {
      get: {
        operationId: 'tellOwnDevice',
        summary: 'How the device of this request stands',
        description:
          'For the session of a person, in its cookie or in the header that is named after it. The request has to prove the device that the session was made with.',
        security: [{ session: [] }],
        responses: { '200': standing('How it stands.'), ...refusals },
      },
      post: {
        operationId: 'tellDevice',
        summary: 'How a device stands',
        description: 'For callers that `pages.callers` names.',
        security: [{ apiKey: [] }, { clientCertificate: [] }],
        requestBody: body(true),
        responses: { '200': standing('How it stands.'), '400': problem('There is no id.'), ...refusals },
      },
    },
    '/v1/device/recheck': {
      post: {
        operationId: 'recheckDevice',
        summary: 'Have a device looked at again',
        description:
          'Tells the device to check in where that is configured, and asks Microsoft again, whenever somebody asks how it stands, until there is another answer or the time is over. A session has to come in a header, not in a cookie.',
        security: [{ session: [] }, { apiKey: [] }, { clientCertificate: [] }],
        requestBody: body(false),
        responses: {
          '202': standing('It has begun.'),
          ...refusals,
          '429': problem('It runs already, or did a moment ago; `Retry-After` says when another one may.'),
        },
      },
    },
  };
}
