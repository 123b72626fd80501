import { addUser, listUsers, removeUser, setPassword } from './userAccounts.ts';
import type { UserAction } from './userAction.ts';
import { addDevice, makeRecoveryCodes, removeDevices } from './userDevices.ts';
import { setUserActive, unlockUser } from './userLocks.ts';

/** Every action of `users`, in the order of its help. */
export const USER_ACTIONS: Readonly<Record<string, UserAction>> = {
  add: { needsName: true, options: ['attribute', 'no-password'], run: addUser },
  list: { needsName: false, options: ['json'], run: listUsers },
  remove: { needsName: true, options: [], run: removeUser },
  password: { needsName: true, options: [], run: setPassword },
  unlock: { needsName: true, options: [], run: unlockUser },
  disable: { needsName: true, options: [], run: (task) => setUserActive(task, false) },
  enable: { needsName: true, options: [], run: (task) => setUserActive(task, true) },
  'otp add': {
    needsName: true,
    options: ['algorithm', 'digits', 'issuer', 'device-name'],
    run: addDevice,
  },
  'otp remove': { needsName: true, options: ['device'], run: removeDevices },
  'recovery-codes': { needsName: true, options: ['device'], run: makeRecoveryCodes },
};
