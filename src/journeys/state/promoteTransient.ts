import type { StateStores } from './nodeState.ts';

/**
 * Before the client is asked: transient values that a node further on declares as inputs become secure, and survive; the others end
 * here, as transient lives for one request.
 */
export function promoteTransient(
  { transient, secure }: StateStores,
  needed: { has(key: string): boolean },
): void {
  for (const [key, value] of transient) if (needed.has(key)) secure.set(key, value);
  transient.clear();
}
