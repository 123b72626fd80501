import type { IdentityParts } from '../composeIdentity.ts';
import { GateError } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { Io } from './command.ts';

export interface UserOptions {
  readonly attribute?: readonly string[];
  readonly 'no-password'?: boolean;
  readonly json?: boolean;
  readonly algorithm?: string;
  readonly digits?: string;
  readonly issuer?: string;
  readonly 'device-name'?: string;
  readonly device?: string;
}

/** What an action of `users` may use. */
export interface UserTask extends IdentityParts {
  /** As typed; empty for an action that needs no name. */
  readonly username: string;
  readonly values: UserOptions;
  readonly io: Io;
}

/** One action of `users`. Every action has this shape; `userActions.ts` lists them. */
export interface UserAction {
  readonly needsName: boolean;
  /** The options it takes beside --config. */
  readonly options: readonly string[];
  /** @throws GateError; `identityRefused` means that the answer is no */
  run(task: UserTask): Promise<void>;
}

/** @throws GateError `identityRefused` if there is no such user, or `identityUnavailable` */
export async function findUser({ store, username, io }: UserTask): Promise<Identity> {
  const identity = await store.find(username, io.stopped);
  if (identity === undefined) throw new GateError('identityRefused', `there is no user "${username}"`);
  return identity;
}

/** @throws GateError `usage` where the gate does not keep the accounts */
export function ownAccounts({ accounts }: UserTask): NonNullable<IdentityParts['accounts']> {
  if (accounts !== undefined) return accounts;
  throw new GateError('usage', 'people live in a directory, which the gate only reads; change it there');
}
