import { readFileSync } from 'node:fs';
import { GateError } from '../errors.ts';
import { entryOf, isJsonObject, type Json, type JsonObject } from '../journeys/json.ts';
import { parseStrictJson } from '../strictJson.ts';
import type { Io } from './command.ts';
import { escapeControls } from './escapeControls.ts';

/** For each step the values of its inputs, in order. */
export type ScriptedAnswers = readonly (readonly Json[])[];

/** Reads answers from a file. @throws GateError `usage` if they are not what they should be */
export function readAnswersFile(file: string): ScriptedAnswers {
  let content: Uint8Array;
  try {
    content = readFileSync(file);
  } catch (error) {
    throw new GateError('usage', `${file} cannot be read`, { cause: error });
  }
  const parsed = parseStrictJson(content);
  if (!parsed.ok) throw new GateError('usage', `${file}: ${parsed.detail}`);
  if (!Array.isArray(parsed.value) || !parsed.value.every((step) => Array.isArray(step))) {
    throw new GateError('usage', `${file}: should be a list with a list of values for each step`);
  }
  return parsed.value as ScriptedAnswers;
}

/** Fills in the steps of a journey, from a script or by asking the person at the terminal. */
export function createAnswerer(
  script: ScriptedAnswers | undefined,
  io: Io,
): { answer(step: JsonObject): Promise<JsonObject> } {
  let position = 0;

  async function valueFor(callback: JsonObject): Promise<Json> {
    const named = entryOf(callback, 'type');
    const type = typeof named === 'string' ? named : '';
    const prompt = outputOf(callback, 'prompt');
    const choices = outputOf(callback, 'choices') ?? outputOf(callback, 'options');
    if (Array.isArray(choices)) {
      choices.forEach((choice, index) => io.err(`  ${index}  ${escapeControls(String(choice))}\n`));
    }
    const label =
      typeof prompt === 'string' && prompt !== '' ? prompt : Array.isArray(choices) ? 'Number' : type;
    const line = await io.readLine(`${escapeControls(label)}: `, type.endsWith('PasswordCallback'));
    if (line === undefined) throw new GateError('usage', 'there is no answer left');
    return line;
  }

  return {
    async answer(step) {
      for (const key of ['header', 'description']) {
        const text = entryOf(step, key);
        if (typeof text === 'string') io.err(`${escapeControls(text)}\n`);
      }
      const scripted = script?.[position];
      position += 1;
      if (script !== undefined && scripted === undefined) {
        throw new GateError('usage', `the answers end before step ${position}`);
      }
      const values = [...(scripted ?? [])];
      const asked = entryOf(step, 'callbacks');
      const filled: Json[] = [];
      for (const callback of Array.isArray(asked) ? (asked as readonly JsonObject[]) : []) {
        const message = outputOf(callback, 'message');
        if (typeof message === 'string') io.err(`${escapeControls(message)}\n`);
        const [input, ...rest] = inputsOf(callback);
        if (input === undefined) {
          filled.push(callback);
          continue;
        }
        if (scripted === undefined && entryOf(callback, 'type') === 'HiddenValueCallback') {
          // For programs, and for whoever plays one: the URI that registers a device stands here.
          const hidden = outputOf(callback, 'value');
          if (typeof hidden === 'string') io.err(`${escapeControls(hidden)}\n`);
          filled.push(callback);
          continue;
        }
        const value = scripted === undefined ? await valueFor(callback) : (values.shift() ?? '');
        filled.push({ ...callback, input: [{ ...input, value }, ...rest] });
      }
      return { ...step, callbacks: filled };
    },
  };
}

function outputOf(callback: JsonObject, name: string): Json | undefined {
  const output = entryOf(callback, 'output');
  const found = Array.isArray(output)
    ? (output as readonly Json[]).find((entry) => isJsonObject(entry) && entryOf(entry, 'name') === name)
    : undefined;
  return isJsonObject(found) ? entryOf(found, 'value') : undefined;
}

function inputsOf(callback: JsonObject): readonly JsonObject[] {
  const input = entryOf(callback, 'input');
  return Array.isArray(input) ? (input as readonly JsonObject[]) : [];
}
