import type { Finding } from '../assembleDecision.ts';
import type { DeviceIdSource, PresentedDeviceId } from '../deviceIdSource.ts';
import { reconcileIds, type DeviceClaim } from '../reconcileIds.ts';
import type { RequestContext } from '../requestContext.ts';
import type { Run, Step } from '../step.ts';

/**
 * Looks in every configured place and puts together what was found. All places are looked at even after one refused, so that the
 * trace tells of all of them; the first refusal is the one that is answered.
 */
export async function claimDevice(
  sources: readonly DeviceIdSource[],
  context: RequestContext,
  { now, deadline, note }: Pick<Run, 'now' | 'deadline' | 'note'>,
): Promise<Step<DeviceClaim>> {
  const presented: PresentedDeviceId[] = [];
  let refusal: Finding | undefined;
  for (const source of sources) {
    const found = source.find(context, now(), deadline);
    const finding = found instanceof Promise ? await deadline.bound(found) : found;
    switch (finding.found) {
      case 'nothing':
        note(source.label, 'nothing presented');
        break;
      case 'refused':
        note(source.label, `refused: ${finding.reason}, ${finding.detail}`);
        refusal ??= { reason: finding.reason, detail: finding.detail };
        break;
      case 'ids':
        note(source.label, finding.ids.map(({ id, kind }) => `${id} (${kind})`).join(', '));
        presented.push(...finding.ids);
        break;
    }
  }
  if (refusal !== undefined) return { end: refusal };
  if (presented.length === 0) return { end: { reason: 'noDeviceId' } };
  const claim = reconcileIds(presented);
  return claim === undefined
    ? { end: { reason: 'deviceIdConflict', detail: 'the sources do not agree' } }
    : { go: claim };
}
