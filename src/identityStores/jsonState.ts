import { z } from 'zod';
import { parseStrictJson } from '../strictJson.ts';
import { createStateFile, type StateFile } from './stateFile.ts';

/** A state file that the gate alone writes: JSON, checked against a schema that reads what maps were written as. One that is not there is empty. */
export function createJsonState<T>(options: {
  readonly file: string;
  readonly called: string;
  readonly schema: z.ZodType<T>;
  readonly empty: () => T;
}): StateFile<T> {
  return createStateFile({
    file: options.file,
    called: options.called,
    empty: options.empty,
    format: (state) =>
      `${JSON.stringify(state, (_, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value))}\n`,
    parse(text) {
      const json = parseStrictJson(text);
      const parsed = json.ok ? options.schema.safeParse(json.value) : undefined;
      if (parsed?.success !== true) throw new Error('it is damaged, or of another version');
      return parsed.data;
    },
  });
}

/** A map, as it stands in JSON: an object by key. */
export function mapOf<T extends z.ZodType>(values: T) {
  return z.record(z.string(), values).transform((record) => new Map(Object.entries(record)));
}
