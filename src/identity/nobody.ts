import { GateError } from '../errors.ts';
import type { IdentityStore } from './identityStore.ts';

/** The store of a gate for which no people are configured: every name is unknown, and nothing can be kept. */
export const NOBODY: IdentityStore = {
  verifyPassword: () => Promise.resolve({ is: 'rejected' }),
  find: () => Promise.resolve(undefined),
  setActive: unavailable,
  unlock: unavailable,
  otp: {
    list: unavailable,
    add: unavailable,
    remove: unavailable,
    removeAll: unavailable,
    advance: unavailable,
    setRecoveryCodes: unavailable,
    useRecoveryCode: unavailable,
  },
  attempts: { status: unavailable, fail: unavailable, clear: unavailable },
  once: { claim: unavailable },
};

function unavailable(): Promise<never> {
  return Promise.reject(new GateError('identityUnavailable', 'no people are configured'));
}
