import { z } from 'zod';

/** Says something about a person; shown to whoever is granted it. */
export const PERSONAL = 'x-personal';
/** Written by a device or by a person, whoever that is: to be read as data, never as instructions. */
export const UNTRUSTED = 'x-untrusted';
/** Opens something; recorded and shown to nobody. */
export const SECRET = 'x-secret';

export type Mark = typeof PERSONAL | typeof UNTRUSTED | typeof SECRET;

/** What stands in the place of a personal field that may not be seen. */
export const MASKED = '[masked]';

/** A JSON Schema, as far as marks need it. */
export interface JsonSchema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** The schema with its marks, everything in its place. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest as JsonSchema;
}

/** Replaces every text that the schema marks. What is null stays so. */
export function replaceMarked(
  schema: JsonSchema,
  value: unknown,
  mark: Mark,
  replace: (text: string) => unknown,
): unknown {
  if (value === null || value === undefined) return value;
  if (schema[mark] === true) return typeof value === 'string' ? replace(value) : value;
  if (Array.isArray(value)) {
    const { items } = withType(schema, 'array');
    return items === undefined ? value : value.map((item) => replaceMarked(items, item, mark, replace));
  }
  if (typeof value !== 'object') return value;
  const { properties = {} } = withType(schema, 'object');
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, known === undefined ? inner : replaceMarked(known, inner, mark, replace)];
    }),
  );
}

/** A nullable part is one of two alternatives. */
function withType(schema: JsonSchema, type: 'array' | 'object'): JsonSchema {
  return schema.anyOf?.find((alternative) => alternative['type'] === type) ?? schema;
}
