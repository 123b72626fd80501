import { countedUsername } from './canonicalUsername.ts';

/** Failed passwords, by the name that was typed, whether or not somebody has it. */
export function passwordSubject(username: string): string {
  return `password ${countedUsername(username)}`;
}

/** Failed passwords, by the person they were tried on, whatever name was typed. */
export function accountSubject(identityId: string): string {
  return `account ${identityId}`;
}

/** Failed one-time codes and recovery codes of a person. */
export function otpSubject(identityId: string): string {
  return `otp ${identityId}`;
}

/**
 * Failed one-time passwords that were sent to a person. By themselves, since a success forgets failures: who reads a mailbox has no
 * device.
 */
export function sentSubject(identityId: string): string {
  return `sent ${identityId}`;
}

/** Failed one-time passwords in a run of a journey in which nobody is known yet. */
export function journeySubject(journeyId: string): string {
  return `journey ${journeyId}`;
}
