import type { FastifyReply } from 'fastify';
import type { z } from 'zod';

/** A mistake in one field of a control request. `field` is a path with dots; empty for the body as a whole. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Answers with a problem, RFC 9457. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  detail: string,
  errors: readonly FieldError[] = [],
): FastifyReply {
  const title = {
    400: 'Bad Request',
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'Not Found',
    409: 'Conflict',
  }[status];
  return reply
    .code(status)
    .type('application/problem+json; charset=utf-8')
    .send({
      type: 'about:blank',
      title: title ?? 'Error',
      status,
      detail,
      ...(errors.length > 0 ? { errors } : {}),
    });
}

/** Answers 400 and names every field that is wrong. */
export function sendFieldErrors(reply: FastifyReply, errors: readonly FieldError[]): FastifyReply {
  const detail = errors
    .map(({ field, message }) => `${field === '' ? 'body' : field}: ${message}`)
    .join('; ');
  return sendProblem(reply, 400, detail, errors);
}

/** A schema's complaints by field. Values are not repeated: they may be secrets. */
export function fieldErrorsOf(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) => {
    const field = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: field === '' ? key : `${field}.${key}`,
        message: 'is not a known name',
      }));
    }
    return [{ field, message: issue.message }];
  });
}
