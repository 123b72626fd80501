import type { Outcome } from '../outcomes/outcome.ts';
import type { Reason } from '../outcomes/reason.ts';
import type { Action } from './action.ts';
import type { Policy } from './policy.ts';
import { isRefused } from './refusedReasons.ts';

/**
 * What a policy does with a decision, total over outcomes and reasons. The reason is looked at first: a node may give what was refused
 * another outcome, and it stays refused. A table that lists it all the same is not listened to, whoever let it through before.
 */
export function actionOf(
  { outcomes, reasons, requireDevice, strict }: Policy,
  { outcome, reason }: { readonly outcome: Outcome; readonly reason: Reason },
): Action {
  if (isRefused(reason)) return 'deny';
  const byReason = Object.hasOwn(reasons, reason) ? reasons[reason] : undefined;
  const listed = byReason ?? (Object.hasOwn(outcomes, outcome) ? outcomes[outcome] : undefined);
  if (listed !== undefined) return listed;
  if (!requireDevice) return 'warn';
  return outcome === 'NoId' && !strict ? 'warn' : 'deny';
}
