import { OPERATIONS } from '../operations/catalogue.ts';
import { jsonSchemaOf, type JsonSchema } from '../operations/marks.ts';
import type { Operation } from '../operations/operation.ts';
import { requestSchema } from '../operations/requestView.ts';
import { wrappedSchema } from '../operations/untrustedText.ts';
import { inputSchemaOf, pathInputs } from './operationInput.ts';
import { approveBody, denyBody } from './routes/approvals.ts';

type ProblemAnswer = (description: string) => object;

const SECURITY = [{ apiKey: [] }, { clientCertificate: [] }];
const REQUEST = { $ref: '#/components/schemas/OperationRequest' };

const json = (schema: object): object => ({ content: { 'application/json': { schema } } });

/** A request to change something, with what people and devices wrote marked as such. */
export function operationRequestSchema(): object {
  return wrappedSchema(jsonSchemaOf(requestSchema));
}

/** Devices, groups, requests and approvals in OpenAPI. */
export function operationPaths(problem: ProblemAnswer): Record<string, object> {
  const paths: Record<string, Record<string, object>> = {};
  const add = (path: string, method: string, item: object): void => {
    paths[path] = { ...paths[path], [method]: item };
  };
  for (const operation of OPERATIONS) {
    add(
      `/v1${operation.route.path}`,
      operation.route.method.toLowerCase(),
      operationItem(operation, problem),
    );
  }
  add('/v1/operations', 'get', {
    operationId: 'listOperations',
    summary: 'All operations, and what this caller was granted',
    security: SECURITY,
    responses: {
      '200': { description: 'The catalogue.', ...json({ type: 'object' }) },
      '401': problem('No known caller.'),
    },
  });
  add('/v1/operations/{id}', 'get', {
    operationId: 'getOperation',
    summary: 'One request to change something, with what the device reported since',
    security: SECURITY,
    parameters: [pathParameter('id')],
    responses: answers(problem, { '200': { description: 'The request.', ...json(REQUEST) } }),
  });
  add('/v1/approvals', 'get', {
    operationId: 'listApprovals',
    summary: 'Requests that wait for approval: own ones, and those this caller may approve',
    security: SECURITY,
    responses: answers(problem, {
      '200': {
        description: 'Newest first.',
        ...json({
          type: 'object',
          required: ['approvals'],
          properties: { approvals: { type: 'array', items: REQUEST } },
        }),
      },
    }),
  });
  for (const [verdict, summary, schema] of [
    ['approve', 'Approves a request of somebody else, whereupon it is carried out, once', approveBody],
    ['deny', 'Ends a request; an own one is withdrawn', denyBody],
  ] as const) {
    add(`/v1/approvals/{id}/${verdict}`, 'post', {
      operationId: verdict,
      summary,
      security: SECURITY,
      parameters: [pathParameter('id')],
      requestBody: { required: true, ...json(jsonSchemaOf(schema, 'input')) },
      responses: answers(problem, { '200': { description: 'What came of it.', ...json(REQUEST) } }),
    });
  }
  add('/mcp', 'post', {
    operationId: 'mcp',
    summary: 'The operations as tools of assistants: Model Context Protocol over streamable HTTP',
    description: 'Stateless, one message at a time. To approve is no tool.',
    security: SECURITY,
    requestBody: { required: true, ...json({ type: 'object' }) },
    responses: {
      '200': { description: 'A JSON-RPC answer.', ...json({ type: 'object' }) },
      '202': { description: 'A notification was taken.' },
      '401': problem('No known caller.'),
      '403': problem('The page that asks is not allowed to, or nobody has grants.'),
    },
  });
  return paths;
}

function operationItem(operation: Operation, problem: ProblemAnswer): object {
  const schema = inputSchemaOf(operation);
  const inPath = new Set(pathInputs(operation));
  const rest = Object.entries(schema.properties ?? {}).filter(([name]) => !inPath.has(name));
  const required = (schema['required'] ?? []) as readonly string[];
  const isReading = operation.class === 'READ';
  return {
    operationId: operation.name,
    summary: operation.summary,
    description: `${operation.detail} Needs the grant ${operation.class}.`,
    security: SECURITY,
    parameters: [
      ...[...inPath].map(pathParameter),
      ...(operation.route.method === 'GET'
        ? rest.map(([name, { description, ...inner }]) => ({
            name,
            in: 'query',
            required: required.includes(name) && !('default' in inner),
            ...(description === undefined ? {} : { description }),
            schema: inner,
          }))
        : []),
    ],
    ...(operation.route.method === 'POST'
      ? { requestBody: { required: true, ...json(bodySchema(schema, rest, required)) } }
      : {}),
    responses: answers(problem, {
      '200': {
        description: isReading ? 'The answer.' : 'It was sent, or was a dry run; or it was asked for before.',
        ...json(isReading ? jsonSchemaOf(operation.output) : REQUEST),
      },
      ...(operation.class === 'MUTATE'
        ? { '202': { description: 'It waits for approval by somebody else.', ...json(REQUEST) } }
        : {}),
    }),
  };
}

function bodySchema(
  schema: JsonSchema,
  rest: readonly (readonly [string, JsonSchema])[],
  required: readonly string[],
): object {
  const names = new Set(rest.map(([name]) => name));
  return {
    ...schema,
    properties: Object.fromEntries(rest),
    required: required.filter((name) => names.has(name)),
  };
}

function pathParameter(name: string): object {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

function answers(problem: ProblemAnswer, good: Readonly<Record<string, object>>): object {
  return {
    ...good,
    '400': problem('Some inputs are not as expected, or the cursor is not good.'),
    '401': problem('No known caller.'),
    '403': problem('The caller was not granted this, or the request is its own.'),
    '404': problem('There is no such device, group, member or request.'),
    '409': problem('The request id, or the request, was used already, or has changed.'),
    '429': problem('The limit of changes or of waiting requests is reached; see Retry-After.'),
    '502': problem('Microsoft refused, or cannot be reached; `reason` says why.'),
    '503': problem('Microsoft asks to wait, or something cannot be remembered or recorded.'),
    '504': problem('Microsoft did not answer in time.'),
  };
}
