import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares without telling by time where two texts differ, nor how long they are. */
export function equalSecrets(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
