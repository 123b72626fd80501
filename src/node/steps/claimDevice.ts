import type { Finding } from '../assembleDecision.ts';
import type { DeviceIdSource, SourceFinding } from '../deviceIdSource.ts';
import { reconcileIds, type DeviceClaim } from '../reconcileIds.ts';
import type { RequestContext } from '../requestContext.ts';
import { whenKnown, type Soon } from '../soon.ts';
import type { Run, Step } from '../step.ts';

/**
 * Looks in every configured place and puts together what was found. All places are looked at even after one refused, so that the
 * trace tells of all of them; the first refusal is the one that is answered.
 */
export function claimDevice(
  sources: readonly DeviceIdSource[],
  context: RequestContext,
  { now, deadline, note }: Pick<Run, 'now' | 'deadline' | 'note'>,
): Soon<Step<DeviceClaim>> {
  const lookIn = (source: DeviceIdSource): Soon<SourceFinding> =>
    whenKnown(deadline.bound(source.find(context, now(), deadline)), (finding) => {
      note?.(source.label, describe(finding));
      return finding;
    });
  const findings = sources.reduce<Soon<readonly SourceFinding[]>>(
    (before, source) =>
      whenKnown(before, (known) => whenKnown(lookIn(source), (finding) => [...known, finding])),
    [],
  );
  return whenKnown(findings, claimFrom);
}

function claimFrom(findings: readonly SourceFinding[]): Step<DeviceClaim> {
  const refusal = findings.find((finding) => finding.found === 'refused');
  if (refusal !== undefined) return { end: { reason: refusal.reason, detail: refusal.detail } };
  const presented = findings.flatMap((finding) => (finding.found === 'ids' ? finding.ids : []));
  if (presented.length === 0) return { end: { reason: 'noDeviceId' } };
  const claim = reconcileIds(presented);
  return claim === undefined ? { end: CONFLICT } : { go: claim };
}

const CONFLICT: Finding = { reason: 'deviceIdConflict', detail: 'the sources do not agree' };

function describe(finding: SourceFinding): string {
  switch (finding.found) {
    case 'nothing':
      return 'nothing presented';
    case 'refused':
      return `refused: ${finding.reason}, ${finding.detail}`;
    case 'ids':
      return finding.ids.map(({ id, kind }) => `${id} (${kind})`).join(', ');
  }
}
