import { DEFAULT_HOTP_SETTINGS, DEFAULT_TOTP_SETTINGS } from '../../identity/oath/oathSettings.ts';
import { isProven, type PendingOtpDevice } from '../../identity/otpDevice.ts';
import { callbacks } from '../callbacks/callback.ts';
import type { NodeContext } from '../nodeContext.ts';
import { ask, type NodeResult } from '../nodeResult.ts';
import { keepPendingDevice, type PendingDevice } from './pendingDevice.ts';

/** What asking for a code has come to. */
export type Proving =
  | { readonly is: 'asking'; readonly result: NodeResult }
  | { readonly is: 'proven'; readonly device: PendingOtpDevice }
  | { readonly is: 'refused' };

/** Wrong codes of one registration before it has to begin again. */
const MOST_TRIES = 5;

/**
 * Has the owner prove with a code that the device is theirs: a registration that nobody can use would lock them out, and one that others
 * can use would let them in. A device that was proved already is not asked about.
 */
export async function proveDevice(context: NodeContext<unknown>, pending: PendingDevice): Promise<Proving> {
  const { answers, ports, signal, state } = context;
  const { identityId, device } = pending;
  if (isProven(device)) return { is: 'proven', device };
  if (!pending.isAsked || answers === undefined) {
    keepPendingDevice(state, { ...pending, isAsked: true });
    return { is: 'asking', result: ask(questions()) };
  }
  const code = answers.find(({ value }) => typeof value === 'string')?.value ?? '';
  const settings =
    device.algorithm === 'hotp'
      ? DEFAULT_HOTP_SETTINGS
      : { ...DEFAULT_TOTP_SETTINGS, intervalSeconds: pending.intervalSeconds, hash: pending.hash };
  const verdict = await ports.secondFactors.proveOath(identityId, device, String(code), settings, signal);
  switch (verdict.is) {
    case 'accepted':
      return { is: 'proven', device: verdict.device };
    case 'rejected':
      return (await countTry(context, device.id)) < MOST_TRIES
        ? { is: 'asking', result: ask([WRONG, ...questions()]) }
        : { is: 'refused' };
    case 'lockedOut':
      return { is: 'refused' };
  }
}

const WRONG = callbacks.textOutput('That code is not right. Enter the code that is shown now.', 'error');

function questions() {
  return [
    callbacks.name('Enter verification code'),
    callbacks.confirmation({ options: ['Submit'], defaultOption: 0 }),
  ];
}

function countTry(
  { ports, journeyId, journeyExpiresAt, now }: NodeContext<unknown>,
  id: string,
): Promise<number> {
  return ports.attempts.increment(`proof ${journeyId} ${id}`, Math.max(1, journeyExpiresAt - now()));
}
