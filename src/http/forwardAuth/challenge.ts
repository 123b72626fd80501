import type { StepUp } from '../../policy/policy.ts';

/** Prefix of what a login of a level is called in challenges (`acr_values`). */
const LEVEL = 'urn:intune-gate:level:';

/** `WWW-Authenticate` as RFC 9470 has it: which login would be enough, for programs that can get one. Nothing in it is a client's. */
export function stepUpChallenge({ level, largestAgeMs }: StepUp): string {
  return [
    'Bearer realm="intune-gate"',
    'error="insufficient_user_authentication"',
    'error_description="A login with this device is required"',
    `acr_values="${LEVEL}${level}"`,
    ...(largestAgeMs === undefined ? [] : [`max_age="${Math.floor(largestAgeMs / 1_000)}"`]),
  ].join(', ');
}
