import type { Identity } from './identity.ts';

/**
 * What a store says about a name and a password. Nothing but `accepted` is a login.
 *
 * `rejected` does not say whether there is such a person. `lockedOut` depends on the name as it was typed alone, whether or not
 * somebody has it. `inactive` and `expired` are told only to who knows the password.
 */
export type PasswordVerdict =
  | { readonly is: 'accepted'; readonly identity: Identity }
  | { readonly is: 'rejected' }
  /** Too many failures; even the right password is not looked at. */
  | { readonly is: 'lockedOut'; readonly retryAfterMs: number }
  | { readonly is: 'inactive'; readonly identity: Identity }
  /** The password was right, but must be changed first. */
  | { readonly is: 'expired'; readonly identity: Identity }
  /** The store could not find out. `detail` is for operators: free of secrets and of personal data. */
  | { readonly is: 'unavailable'; readonly detail: string };
