import { entryOf, isJsonObject, type Json } from '../json.ts';
import type { Answer, AskedCallback, InputKind } from './callback.ts';
import { inputName } from './renderCallbacks.ts';

export type ParsedAnswers =
  | { readonly ok: true; readonly answers: readonly Answer[] }
  /** In AM's words. */
  | { readonly ok: false; readonly message: string };

/** Longest text of one answer, in characters. A password has at most 1,024 bytes, a device profile some thousand. */
const LONGEST_ANSWER = 16_384;

/**
 * Pure: matches the callbacks a client sent with those it was asked, by position. The number and the type of each must be the same;
 * members nobody knows are ignored, since SDKs send their own.
 */
export function parseAnswers(asked: readonly AskedCallback[], sent: Json | undefined): ParsedAnswers {
  if (!Array.isArray(sent) || sent.length !== asked.length) {
    return { ok: false, message: 'Incorrect number of callbacks found in JSON response' };
  }
  const answers: Answer[] = [];
  for (const [position, question] of asked.entries()) {
    const answer = parseAnswer(question, (sent as readonly Json[])[position], position);
    if (typeof answer === 'string') return { ok: false, message: answer };
    answers.push(answer);
  }
  return { ok: true, answers };
}

function parseAnswer(asked: AskedCallback, sent: Json | undefined, position: number): Answer | string {
  if (!isJsonObject(sent) || entryOf(sent, 'type') !== asked.type) {
    return 'Required callback not found in JSON response';
  }
  const [main, ...more] = asked.takes;
  if (main === undefined) return { type: asked.type, value: undefined, validateOnly: false };
  const inputs = entryOf(sent, 'input');
  if (!Array.isArray(inputs) || inputs.length === 0) return 'JSON Callback does not include a input field';
  const value = parseInput(findInput(inputs as readonly Json[], inputName(position), 0), main);
  if (value === undefined) return `Invalid value for ${asked.type} in JSON response`;
  const flag = more.includes('flag')
    ? findInput(inputs as readonly Json[], inputName(position, 'validateOnly'), 1)
    : false;
  return { type: asked.type, value, validateOnly: flag === true || flag === 'true' };
}

/** By its name; clients that make their own names are understood by position. */
function findInput(inputs: readonly Json[], name: string, position: number): Json | undefined {
  const named = inputs.find((input) => isJsonObject(input) && entryOf(input, 'name') === name);
  const input = named ?? inputs[position];
  return isJsonObject(input) ? entryOf(input, 'value') : undefined;
}

function parseInput(value: Json | undefined, takes: InputKind): string | number | undefined {
  switch (takes) {
    case 'text':
      return typeof value === 'string' && value.length <= LONGEST_ANSWER ? value : undefined;
    case 'index': {
      const number = typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;
      return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
    }
    case 'flag':
      return undefined;
  }
}
