import { evidenceOf, findingOf, warningsOf } from '../assembleDecision.ts';
import type { DeviceDirectory } from '../deviceDirectory.ts';
import { identifyDevice, type Identification } from '../identifyDevice.ts';
import type { DeviceClaim } from '../reconcileIds.ts';
import { whenKnown, type Soon } from '../soon.ts';
import type { Run, Step } from '../step.ts';

/** Asks the directory for the one device the claim speaks of. */
export function lookUpDevice(
  claim: DeviceClaim,
  directory: DeviceDirectory,
  run: Run,
): Soon<Step<Identification & { is: 'device' }>> {
  const identified = run.deadline.bound(identifyDevice(claim, directory, run.asking));
  return whenKnown(identified, (found) => stepAfter(found, claim, run));
}

function stepAfter(
  found: Identification,
  { ids: [claimed] }: DeviceClaim,
  { now, note }: Run,
): Step<Identification & { is: 'device' }> {
  switch (found.is) {
    case 'device':
      note?.('find device', `found in ${found.provenance.source}, state ${found.device.complianceState}`);
      return { go: found };
    case 'notFound':
      note?.('find device', 'Intune does not know it');
      return {
        end: {
          reason: 'deviceNotFound',
          claimed: found.by,
          evidence: evidenceOf(found.provenance, undefined, now()),
          warnings: warningsOf(found.provenance),
        },
      };
    case 'refused':
      note?.('find device', found.detail);
      return { end: { reason: found.reason, detail: found.detail, claimed } };
    case 'failed':
      note?.('find device', `${found.failure.reason}: ${found.failure.detail}`);
      return { end: { ...findingOf(found.failure), claimed } };
  }
}
