import type { JsonObject } from '../json.ts';
import type { AskedCallback, Callback } from './callback.ts';

/**
 * Callbacks as they go over the wire. Inputs are numbered over all callbacks of the step, those that are only shown included; `_id`
 * stands on the callbacks of a page alone.
 */
export function renderCallbacks(
  callbacks: readonly Callback[],
  asked: readonly AskedCallback[],
): readonly JsonObject[] {
  return callbacks.map(({ type, output, input }, position) => ({
    type,
    output: output.map(({ name, value }) => ({ name, value })),
    ...(input.length === 0
      ? {}
      : { input: input.map(({ suffix, value }) => ({ name: inputName(position, suffix), value })) }),
    ...(asked[position]?.child === undefined ? {} : { _id: position }),
  }));
}

export function inputName(position: number, suffix = ''): string {
  return `IDToken${position + 1}${suffix}`;
}
