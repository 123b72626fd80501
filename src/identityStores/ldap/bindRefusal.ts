import { ResultCodeError } from 'ldapts';

/** Why a directory refused the bind of a person it has. */
export type BindRefusal = 'rejected' | 'inactive' | 'expired';

/** Result codes of RFC 4511 that speak of the person, not of the directory. */
const REFUSALS: ReadonlySet<number> = new Set([
  19, // constraintViolation: too many tries, in some directories
  32, // noSuchObject: gone meanwhile
  48, // inappropriateAuthentication: the entry has no password
  49, // invalidCredentials
  50, // insufficientAccessRights: may not log in
  53, // unwillingToPerform: deactivated, in some directories
]);

/** What Active Directory adds to invalidCredentials. It says so only to who knows the password. */
const ACTIVE_DIRECTORY: Readonly<Record<string, BindRefusal>> = {
  '532': 'expired',
  '533': 'inactive',
  '701': 'inactive',
  '773': 'expired',
};

/** Pure: what a failed bind says about the person. Undefined if it says something about the directory or the connection instead. */
export function bindRefusal(error: unknown): BindRefusal | undefined {
  if (!(error instanceof ResultCodeError) || !REFUSALS.has(error.code)) return undefined;
  const [, data = ''] = /\bdata ([0-9a-f]{3}),/.exec(error.message) ?? [];
  return ACTIVE_DIRECTORY[data] ?? 'rejected';
}
