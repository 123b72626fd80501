import { GateError } from '../errors.ts';
import type { PasswordVerdict } from '../identity/passwordVerdict.ts';
import { TurnstileFull } from '../identity/turnstile.ts';

/** What went wrong while a password was checked, as a verdict: no failure, and certainly no login. */
export function unavailableVerdict(error: unknown): PasswordVerdict {
  if (error instanceof GateError) return { is: 'unavailable', detail: error.message };
  if (error instanceof TurnstileFull) {
    return { is: 'unavailable', detail: 'too many logins are waiting to be checked' };
  }
  const name = (error as Error).name;
  return {
    is: 'unavailable',
    detail:
      name === 'AbortError' || name === 'TimeoutError'
        ? 'the time for the check was up'
        : `the check failed: ${name}`,
  };
}
