import { isWorse } from '../outcomes/standing.ts';
import { isReason, type Reason } from '../outcomes/reason.ts';
import type { StepUp } from './policy.ts';

/** A login as a policy looks at it: a session that is good by itself. */
export interface Login {
  readonly username: string;
  readonly authLevel: number;
  /** Milliseconds since 1970. */
  readonly authenticatedAt: number;
  /** The device it was made with, and what was said of it then; undefined if it proved none. */
  readonly device?: { readonly id: string; readonly reason: string };
}

/** What a decision says about the request that a login came with. */
export interface JudgedRequest {
  readonly reason: Reason;
  /** Every id of the device: as presented, Intune's and Entra's. Empty if none was presented. */
  readonly deviceIds: readonly string[];
}

/**
 * Is it the device of this request that the login was made with? A login without a device belongs to requests that present none; one
 * whose device could not be found out, as in an outage, is no such request. Anything else may be a cookie that was taken elsewhere, and
 * says nothing about who is asking.
 */
export function provesDevice(
  { device }: Pick<Login, 'device'>,
  { deviceIds, reason }: JudgedRequest,
): boolean {
  return device === undefined
    ? reason === 'noDeviceId' && deviceIds.length === 0
    : deviceIds.includes(device.id);
}

/** Has the device of a login become worse since? To be asked of a login that proves the device. */
export function hasFallen({ device }: Pick<Login, 'device'>, { reason }: JudgedRequest): boolean {
  return device !== undefined && isReason(device.reason) && isWorse(reason, device.reason);
}

/** Is a login enough for a step-up? */
export function satisfies(
  { authLevel, authenticatedAt }: Login,
  { level, largestAgeMs }: StepUp,
  now: number,
): boolean {
  return authLevel >= level && (largestAgeMs === undefined || now - authenticatedAt <= largestAgeMs);
}
