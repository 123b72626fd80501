import { equalSecrets } from '../equalSecrets.ts';
import type { OtpDevice, OtpProgress } from '../otpDevice.ts';
import { oathCode } from './oathCode.ts';
import type { HotpSettings } from './oathSettings.ts';

/**
 * Pure: whether a device may have shown this code next, by RFC 4226 section 7.4 and AM's window: the counter expected and `windowSize`
 * after it. Always HMAC-SHA1. A counter that was passed is never accepted again.
 *
 * @returns where the device stands afterwards; undefined if the code is refused
 */
export function judgeHotp(
  { secret, digits, progress }: Pick<OtpDevice, 'secret' | 'digits' | 'progress'>,
  answer: string,
  { windowSize, truncationOffset = -1, addChecksum = false }: HotpSettings,
): OtpProgress | undefined {
  if (answer.length !== digits) return undefined;
  for (let counter = progress.counter; counter <= progress.counter + windowSize; counter += 1) {
    const code = oathCode(secret, counter, { digits, truncationOffset, addChecksum });
    if (equalSecrets(code, answer)) return { ...progress, counter: counter + 1 };
  }
  return undefined;
}
