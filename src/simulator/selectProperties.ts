import type { GraphAnswer, GraphErrors } from './graphErrors.ts';

/** Names in `$select`; `undefined` if there is none. */
export function selectedNames(query: URLSearchParams): string[] | undefined {
  const select = query.get('$select')?.trim();
  if (!select) return undefined;
  return select.split(',').map((name) => name.trim());
}

/** The refusal for a name the type does not have, or `undefined` if all are known. */
export function refuseUnknownNames(
  names: readonly string[] | undefined,
  entity: object,
  typeName: string,
  errors: GraphErrors,
): GraphAnswer | undefined {
  const unknown = names?.find((name) => !Object.hasOwn(entity, name));
  if (unknown === undefined) return undefined;
  return errors.plain(
    400,
    'BadRequest',
    `Parsing OData Select and Expand failed: Could not find a property named '${unknown}' on type '${typeName}'.`,
  );
}

/** The named properties, in the order of the entity; all of them without names. */
export function pickProperties(
  entity: Readonly<Record<string, unknown>>,
  names: readonly string[] | undefined,
): Record<string, unknown> {
  if (names === undefined) return { ...entity };
  const picked: Record<string, unknown> = {};
  for (const name in entity) if (names.includes(name)) picked[name] = entity[name];
  return picked;
}
