import { createHmac } from 'node:crypto';

/** How names of people leave the gate in events and records. */
export type UserNames =
  | { readonly as: 'omitted' }
  /** One name is always the same pseudonym under one key, and nobody without the key can try names. */
  | { readonly as: 'pseudonyms'; readonly key: string }
  | { readonly as: 'written' };

/** What stands for the name of a person; undefined if nothing may. */
export type NameUser = (name: string) => string | undefined;

export function createNameUser(names: UserNames): NameUser {
  switch (names.as) {
    case 'omitted':
      return () => undefined;
    case 'written':
      return (name) => name;
    case 'pseudonyms':
      return (name) =>
        `user:${createHmac('sha256', names.key).update(name.trim().toLowerCase()).digest('base64url').slice(0, 22)}`;
  }
}
