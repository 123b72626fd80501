import type { z } from 'zod';
import type { LookupOptions } from '../node/deviceDirectory.ts';
import type { Actor } from './actor.ts';
import { note, type OperationsOptions } from './engine.ts';
import { jsonSchemaOf, MASKED, PERSONAL, replaceMarked, type JsonSchema } from './marks.ts';
import type { Reading, ReadOperation, ReadingContext } from './operation.ts';
import { refuse } from './refusal.ts';
import { inputRefusal } from './inputRefusal.ts';

/** Runs an operation that changes nothing, masks what the actor may not see, and records the call. */
export async function invokeReading(
  options: OperationsOptions,
  actor: Actor,
  operation: ReadOperation,
  input: unknown,
  bound: LookupOptions,
): Promise<Reading> {
  const parsed = operation.input.safeParse(input);
  if (!parsed.success) {
    const unrecorded = await note(options, actor, operation, { outcome: 'refused', detail: 'invalidInput' });
    return unrecorded ?? inputRefusal(parsed.error);
  }
  const values = parsed.data as z.output<z.ZodObject> & { readonly tenant: string };
  const tenant = actor.tenants.has(values.tenant) ? options.tenants.get(values.tenant) : undefined;
  const result =
    tenant === undefined
      ? refuse('notPermitted', 'The principal was not granted this tenant.')
      : await operation.run(values, contextOf(options, actor, operation, values.tenant, bound, tenant));
  const unrecorded = await note(options, actor, operation, {
    outcome: result.ok ? 'done' : 'refused',
    tenant: tenant === undefined ? null : values.tenant,
    options: Object.fromEntries(
      operation.recorded.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]),
    ),
    detail: result.ok ? null : (result.failure?.reason ?? result.refusal),
  });
  if (unrecorded !== undefined) return unrecorded;
  if (!result.ok || actor.grants.has('PERSONAL')) return result;
  return {
    ok: true,
    value: replaceMarked(outputOf(operation), result.value, PERSONAL, () => MASKED) as object,
  };
}

function contextOf(
  { cursors, advise, now }: OperationsOptions,
  actor: Actor,
  operation: ReadOperation,
  tenantName: string,
  bound: LookupOptions,
  tenant: ReadingContext['tenant'],
): ReadingContext {
  const scope = (about: string): string =>
    JSON.stringify([operation.name, tenantName, actor.principal, about]);
  return {
    tenant,
    bound,
    now,
    advise: (node, deviceId) => advise(actor, { tenant: tenantName, node, deviceId }, bound),
    cursors: {
      seal: (next, about) => cursors.seal(next, scope(about)),
      open: (cursor, about) => cursors.open(cursor, scope(about)),
    },
  };
}

const outputs = new WeakMap<ReadOperation, JsonSchema>();

function outputOf(operation: ReadOperation): JsonSchema {
  const known = outputs.get(operation) ?? jsonSchemaOf(operation.output);
  outputs.set(operation, known);
  return known;
}
