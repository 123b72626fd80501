export const LDAP_STATUS_ATTRIBUTES = [
  'inetUserStatus',
  'nsAccountLock',
  'pwdAccountLockedTime',
  'pwdReset',
  'userAccountControl',
] as const;

export type LdapStatusAttribute = (typeof LDAP_STATUS_ATTRIBUTES)[number];

export type AccountStatus = 'usable' | 'inactive' | 'expired';

/** Active Directory: ACCOUNTDISABLE, LOCKOUT and PASSWORD_EXPIRED of `userAccountControl`. */
const DISABLED = 0x2;
const LOCKED = 0x10;
const EXPIRED = 0x80_0000;
/** OpenLDAP's policy overlay: locked until an administrator unlocks it. Other times end by themselves, and the bind tells. */
const LOCKED_FOR_GOOD = '000001010000Z';

/**
 * Pure: what the attributes of an entry say about the account, by the conventions of the directories that have them. A value that is not
 * understood makes the account inactive.
 */
export function accountStatus(
  valueOf: (attribute: LdapStatusAttribute) => string | undefined,
): AccountStatus {
  const control = userAccountControl(valueOf('userAccountControl'));
  const isUsable =
    ['active', undefined].includes(valueOf('inetUserStatus')?.toLowerCase()) &&
    ['false', undefined].includes(valueOf('nsAccountLock')?.toLowerCase()) &&
    valueOf('pwdAccountLockedTime') !== LOCKED_FOR_GOOD &&
    (control & (DISABLED | LOCKED)) === 0;
  if (!isUsable) return 'inactive';
  const mustChange = !['false', undefined].includes(valueOf('pwdReset')?.toLowerCase());
  return mustChange || (control & EXPIRED) !== 0 ? 'expired' : 'usable';
}

function userAccountControl(text: string | undefined): number {
  if (text === undefined) return 0;
  return /^-?\d{1,10}$/.test(text) ? Number(text) : DISABLED;
}
