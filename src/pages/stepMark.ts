import { createHash } from 'node:crypto';
import type { ShownStep } from './shownCallback.ts';

/**
 * A mark of what a step asks. A journey that asks for a secret, and then for the same again, did not like the answer; it does not say so
 * itself. Undefined for steps without a secret: to wait twice is no mistake.
 */
export function stepMark({ callbacks, header }: ShownStep): string | undefined {
  if (!callbacks.some(({ type }) => type === 'PasswordCallback')) return undefined;
  const asked = callbacks.map(({ type, text }) => [type, text('prompt')]);
  return createHash('sha256')
    .update(JSON.stringify([header, asked]))
    .digest('base64url')
    .slice(0, 22);
}
