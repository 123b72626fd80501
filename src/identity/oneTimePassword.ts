import { randomInt } from 'node:crypto';

const SHORTEST = 6;
const LONGEST = 20;

/**
 * Makes a one-time password to be sent by e-mail: random digits, 8 of them by default as AM's generator does.
 *
 * @throws RangeError for a length below 6 or above 20
 */
export function createOneTimePassword(length = 8): string {
  if (!Number.isInteger(length) || length < SHORTEST || length > LONGEST) {
    throw new RangeError(`a one-time password has ${SHORTEST} to ${LONGEST} digits`);
  }
  return Array.from({ length }, () => randomInt(10)).join('');
}
