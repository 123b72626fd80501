import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { IdentityStore } from '../../src/identity/identityStore.ts';
import { oathCode } from '../../src/identity/oath/oathCode.ts';
import type { NewOtpDevice } from '../../src/identity/otpDevice.ts';
import { createIdentityState } from '../../src/identityStores/identityState.ts';
import { createStateKey } from '../../src/identityStores/stateKey.ts';
import { createMemoryIdentityStore, idOf, type MemoryUser } from './memoryIdentityStore.ts';

export const SECRET = Buffer.from('12345678901234567890');
export const TOTP_DEVICE: NewOtpDevice = {
  id: 'device-1',
  name: 'Phone',
  algorithm: 'totp',
  digits: 6,
  secret: SECRET,
};
export const HOTP_DEVICE: NewOtpDevice = { ...TOTP_DEVICE, id: 'device-2', algorithm: 'hotp' };
const NEVER = new AbortController().signal;

/** People in memory, whose devices, failures and used codes are kept in files as those of real ones are. */
export function createTestPeople(
  parent: string,
  users: readonly MemoryUser[],
  now: () => number,
): IdentityStore {
  const folder = mkdtempSync(join(parent, 'people-'));
  const key = createStateKey('a key of the tests, long enough to be one');
  return { ...createMemoryIdentityStore(users), ...createIdentityState({ folder, key, now }).state };
}

/** Registers a device for somebody. */
export async function addDevice(
  people: IdentityStore,
  username: string,
  device: NewOtpDevice,
): Promise<void> {
  await people.otp.add(idOf(username), device, NEVER);
}

/** What the app of {@link TOTP_DEVICE} shows. @param now - milliseconds since 1970 */
export function totpAt(now: number, secret: Uint8Array = SECRET): string {
  return oathCode(secret, Math.floor(now / 30_000), { digits: 6 });
}

/** What the token of {@link HOTP_DEVICE} shows. */
export function hotpAt(counter: number): string {
  return oathCode(SECRET, counter, { digits: 6 });
}
