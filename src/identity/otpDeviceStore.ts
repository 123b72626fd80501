import type { NewOtpDevice, OtpDevice, OtpProgress } from './otpDevice.ts';

/**
 * Port: one-time-password devices of people, by the id of the identity. Every change is atomic, between processes too: of two
 * requests with one code, one wins.
 *
 * @throws GateError `identityUnavailable` from every method, if the store cannot be read or written
 */
export interface OtpDeviceStore {
  /** In the order of registration. */
  list(identityId: string, signal: AbortSignal): Promise<readonly OtpDevice[]>;
  /** @throws GateError `identityRefused` beyond ten devices, or if the id is taken */
  add(identityId: string, device: NewOtpDevice, signal: AbortSignal): Promise<OtpDevice>;
  /** False if there is no such device. */
  remove(identityId: string, deviceId: string, signal: AbortSignal): Promise<boolean>;
  /** Also of devices whose secret cannot be decrypted any more. Gives how many there were. */
  removeAll(identityId: string, signal: AbortSignal): Promise<number>;
  /** Compare and set: false, and nothing changes, if the device does not stand at `from` any more, or is gone. */
  advance(
    identityId: string,
    deviceId: string,
    change: { readonly from: OtpProgress; readonly to: OtpProgress },
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Replaces all recovery codes of a device; those before work no more. False if there is no such device. */
  setRecoveryCodes(
    identityId: string,
    deviceId: string,
    codes: readonly string[],
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Uses up a recovery code. True only once for each code. */
  useRecoveryCode(identityId: string, deviceId: string, code: string, signal: AbortSignal): Promise<boolean>;
}
