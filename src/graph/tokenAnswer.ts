import { parseJsonObject, stringAt, type JsonObject } from './jsonObject.ts';
import type { TokenExchange } from './tokenFailure.ts';

/** Pure: the parts of an error body that may be shown. Everything is checked for shape, so nothing of Entra's prose gets through. */
export function readErrorAnswer(
  text: string,
): Pick<TokenExchange, 'json' | 'error' | 'suberror' | 'codes' | 'traceId'> {
  const body = parseJsonObject(text);
  if (body === undefined) return { json: false, codes: [] };
  return {
    json: true,
    error: word(body, 'error'),
    suberror: word(body, 'suberror'),
    codes: codesOf(body),
    traceId: guid(body, 'trace_id'),
  };
}

/** Seconds a token lives and seconds until Microsoft wants it renewed, as milliseconds. */
export interface TokenLifetime {
  readonly expiresInMs: number;
  readonly refreshInMs?: number;
}

/** Pure: `expires_in` (or a managed identity's `expires_on`), numbers or strings of digits. Undefined if there is no time left. */
export function readLifetime(text: string, nowMs: number): TokenLifetime | undefined {
  const body = parseJsonObject(text);
  if (body === undefined) return undefined;
  const expiresOn = number(body, 'expires_on');
  const expiresIn =
    number(body, 'expires_in') ?? (expiresOn === undefined ? undefined : expiresOn - nowMs / 1000);
  if (expiresIn === undefined || expiresIn <= 0) return undefined;
  const refreshIn = number(body, 'refresh_in');
  return refreshIn !== undefined && refreshIn > 0 && refreshIn < expiresIn
    ? { expiresInMs: expiresIn * 1000, refreshInMs: refreshIn * 1000 }
    : { expiresInMs: expiresIn * 1000 };
}

function codesOf(body: JsonObject): readonly number[] {
  const listed = body['error_codes'];
  const codes = Array.isArray(listed)
    ? listed.filter((code): code is number => typeof code === 'number' && Number.isSafeInteger(code))
    : [];
  const spoken = /^AADSTS(\d{1,10})\b/.exec(stringAt(body, 'error_description') ?? '')?.[1];
  return spoken === undefined ? codes : [...new Set([Number(spoken), ...codes])];
}

function word(body: JsonObject, key: string): string | undefined {
  const value = stringAt(body, key);
  return value !== undefined && /^[A-Za-z_]{1,60}$/.test(value) ? value : undefined;
}

function guid(body: JsonObject, key: string): string | undefined {
  const value = stringAt(body, key);
  return value !== undefined && /^[0-9a-f-]{36}$/i.test(value) ? value : undefined;
}

function number(body: JsonObject, key: string): number | undefined {
  const value = body[key];
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : undefined;
}
