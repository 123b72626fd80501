import { equalSecrets } from '../equalSecrets.ts';
import type { OtpDevice, OtpProgress } from '../otpDevice.ts';
import { oathCode } from './oathCode.ts';
import type { TotpSettings } from './oathSettings.ts';

/**
 * Pure: whether a device may have shown this code now, by AM's rules. The time step is taken by the device's clock, as far as its drift
 * is known. Codes are tried from the middle outwards, later before earlier. In the step accepted last, nothing is; within reach of it,
 * nothing earlier. A code of a step that was accepted, or of one before it, is never accepted, also where AM's rules alone would
 * allow it, as after the server's clock was set back.
 *
 * @param now - milliseconds since 1970
 * @returns where the device stands afterwards; undefined if the code is refused
 */
export function judgeTotp(
  { secret, digits, progress }: Pick<OtpDevice, 'secret' | 'digits' | 'progress'>,
  answer: string,
  { intervalSeconds, timeSteps, hash, largestDriftSteps }: TotpSettings,
  now: number,
): OtpProgress | undefined {
  if (answer.length !== digits) return undefined;
  const serverStep = Math.floor(now / 1_000 / intervalSeconds);
  const step = serverStep + Math.floor(progress.driftSeconds / intervalSeconds);
  const lastStep =
    progress.lastAcceptedSeconds === undefined
      ? undefined
      : Math.floor(progress.lastAcceptedSeconds / intervalSeconds);
  if (lastStep === step) return undefined;
  const isNearLast = lastStep !== undefined && Math.abs(lastStep - step) <= timeSteps;

  const matched = outwards(step, timeSteps).find(
    (candidate) => candidate >= 0 && equalSecrets(oathCode(secret, candidate, { digits, hash }), answer),
  );
  if (matched === undefined) return undefined;
  if (isNearLast && matched < step) return undefined;
  if (lastStep !== undefined && matched <= lastStep) return undefined;
  if (Math.abs(matched - serverStep) > largestDriftSteps) return undefined;
  return {
    lastAcceptedSeconds: matched * intervalSeconds,
    driftSeconds: (matched - serverStep) * intervalSeconds,
    counter: progress.counter,
  };
}

/** 0, +1, -1, +2, -2 … around the middle. */
function outwards(middle: number, reach: number): readonly number[] {
  return [
    middle,
    ...Array.from({ length: reach }, (_, index) => [middle + index + 1, middle - index - 1]).flat(),
  ];
}
