import { createHash, timingSafeEqual } from 'node:crypto';
import type { Identity } from '../../src/identity/identity.ts';
import type { IdentityStore } from '../../src/identity/identityStore.ts';
import { NOBODY } from '../../src/identity/nobody.ts';

/** A person as a test writes one down. */
export interface MemoryUser {
  readonly username: string;
  readonly password: string;
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  /** Default: true. */
  readonly active?: boolean;
}

/**
 * People in memory, so that a thousand of them log in at once without a hash each. Nobody is ever locked out, and they have no
 * devices.
 */
export function createMemoryIdentityStore(users: readonly MemoryUser[]): IdentityStore {
  const byName = new Map(users.map((user) => [user.username, user]));
  return {
    ...NOBODY,
    verifyPassword(username, password) {
      const user = byName.get(username);
      const isRight = timingSafeEqual(digest(password), digest(user?.password ?? ''));
      if (user === undefined || !isRight) return Promise.resolve({ is: 'rejected' });
      const identity = identityOf(user);
      return Promise.resolve(identity.active ? { is: 'accepted', identity } : { is: 'inactive', identity });
    },
    find(username) {
      const user = byName.get(username);
      return Promise.resolve(user && identityOf(user));
    },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function identityOf({ username, attributes = {}, active = true }: MemoryUser): Identity {
  return { id: idOf(username), username, attributes, active };
}

/** The id of somebody in memory. */
export function idOf(username: string): string {
  return `id=${username},ou=user`;
}
