import type { Reason, UpstreamReason } from '../../src/outcomes/reason.ts';
import { OUTAGES } from '../../src/answers/outages.ts';
import type { Calls, Expected } from './faultCase.ts';

export type ExpectedRun = Readonly<Record<'cold' | 'stale' | 'expired', Expected>>;

/** Microsoft cannot say: Error where nothing is remembered; where something is, it stands in if the table says so. */
export function fails(
  reason: UpstreamReason,
  memory: 'stands in' | 'is silent',
  calls: { readonly cold: Calls; readonly later: Calls },
): ExpectedRun {
  const error: Expected = { outcome: 'Error', reason, source: null, calls: calls.later };
  // The table says it by itself, and what the gate goes by must not drift away from it.
  if (OUTAGES.has(reason) !== (memory === 'stands in')) throw new Error(`${reason}: the table disagrees`);
  return {
    cold: { ...error, calls: calls.cold },
    stale:
      memory === 'is silent'
        ? error
        : {
            outcome: 'Compliant',
            reason: 'compliant',
            source: 'staleCache',
            warnings: [reason],
            calls: calls.later,
          },
    expired: error,
  };
}

/** It costs calls or time, and Microsoft's answer is found all the same. */
export function answers(
  calls: { readonly cold: Calls; readonly later: Calls },
  warnings: readonly Reason[] = [],
): ExpectedRun {
  const compliant = { outcome: 'Compliant', reason: 'compliant', source: 'graph', warnings } as const;
  return {
    cold: { ...compliant, calls: calls.cold },
    stale: { ...compliant, calls: calls.later },
    expired: { ...compliant, calls: calls.later },
  };
}
