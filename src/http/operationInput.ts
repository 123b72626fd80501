import type { FastifyRequest } from 'fastify';
import { jsonSchemaOf, type JsonSchema } from '../operations/marks.ts';
import type { Operation } from '../operations/operation.ts';
import { inputOf } from '../operations/requestChange.ts';
import { ProblemError } from './problem.ts';

/** What a call to this operation takes, wherever it comes from. */
export function inputSchemaOf(operation: Operation): JsonSchema {
  return jsonSchemaOf(operation.class === 'READ' ? operation.input : inputOf(operation), 'input');
}

/** Names of the inputs that stand in the path. */
export function pathInputs({ route }: Operation): readonly string[] {
  return [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

/** Path, query and body as one input. A part that stands in two places says two things. @throws ProblemError `malformedRequest` */
export function readInput(request: FastifyRequest, operation: Operation, schema: JsonSchema): unknown {
  const fromPath = request.params as Readonly<Record<string, string>>;
  const query = new URLSearchParams(request.url.split('?', 2)[1] ?? '');
  if (operation.route.method === 'POST' && query.size > 0) {
    throw new ProblemError('malformedRequest', 'This call takes a body and no query.');
  }
  const rest = operation.route.method === 'GET' ? readQuery(query, schema) : (request.body ?? {});
  if (typeof rest !== 'object' || Array.isArray(rest)) {
    throw new ProblemError('malformedRequest', 'The body must be a JSON object.');
  }
  const twice = pathInputs(operation).find((name) => Object.hasOwn(rest, name));
  if (twice !== undefined) {
    throw new ProblemError('malformedRequest', `${twice} stands in the path, and nowhere else.`, [
      { pointer: `/${twice}`, detail: 'stands in the path' },
    ]);
  }
  return { ...rest, ...fromPath };
}

function readQuery(query: URLSearchParams, { properties = {} }: JsonSchema): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, text] of query) {
    if (Object.hasOwn(values, name)) {
      throw new ProblemError('malformedRequest', 'A query parameter stands twice.');
    }
    const isNumber = Object.hasOwn(properties, name) && properties[name]?.['type'] === 'integer';
    values[name] = isNumber && /^\d{1,9}$/.test(text) ? Number(text) : text;
  }
  return values;
}
