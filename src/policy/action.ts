/**
 * What a policy does with a request, from the mildest to the most severe.
 *
 * - `allow`: it passes, without a login
 * - `warn`: it passes as well, and says why somebody should look
 * - `stepUp`: it passes with a login that is good enough and was made with this device; without one the client is sent to log in
 * - `deny`: it does not pass
 */
export const ACTIONS = ['allow', 'warn', 'stepUp', 'deny'] as const;

export type Action = (typeof ACTIONS)[number];
