import type { OtpDevice, OtpProgress } from '../otpDevice.ts';
import { judgeHotp } from './judgeHotp.ts';
import { judgeTotp } from './judgeTotp.ts';
import type { HotpSettings, TotpSettings } from './oathSettings.ts';

/**
 * Pure: whether a device may have shown this code. A device of one algorithm makes no codes of the other.
 *
 * @param now - milliseconds since 1970
 * @returns where the device stands afterwards; undefined if the code is refused
 */
export function judgeOath(
  device: Pick<OtpDevice, 'algorithm' | 'secret' | 'digits' | 'progress'>,
  answer: string,
  settings: TotpSettings | HotpSettings,
  now: number,
): OtpProgress | undefined {
  if (device.algorithm !== settings.algorithm) return undefined;
  return settings.algorithm === 'totp'
    ? judgeTotp(device, answer, settings, now)
    : judgeHotp(device, answer, settings);
}
