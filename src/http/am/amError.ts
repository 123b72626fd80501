import { STATUS_CODES } from 'node:http';
import type { JsonObject } from '../../journeys/json.ts';

/** An answer in the form AM's clients read: a JSON object with the status in it. Thrown by routes below `/json` and `/oauth2`. */
export class AmError extends Error {
  override readonly name = 'AmError';
  readonly status: number;
  readonly detail: JsonObject | undefined;

  constructor(status: number, message: string, detail?: JsonObject) {
    super(message);
    this.status = status;
    this.detail = detail;
  }
}

export function amErrorBody({ status, message, detail }: AmError): JsonObject {
  return {
    code: status,
    reason: STATUS_CODES[status] ?? 'Error',
    message,
    ...(detail === undefined ? {} : { detail }),
  };
}
