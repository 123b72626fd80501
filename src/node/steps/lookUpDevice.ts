import { evidenceOf, findingOf, warningsOf } from '../assembleDecision.ts';
import type {
  DeviceDirectory,
  DeviceLookupOptions,
  LookupOptions,
  WantedProperties,
} from '../deviceDirectory.ts';
import { identifyDevice, type Identification } from '../identifyDevice.ts';
import type { DeviceClaim } from '../reconcileIds.ts';
import type { Run, Step } from '../step.ts';

/** Asks the directory for the one device the claim speaks of. */
export async function lookUpDevice(
  claim: DeviceClaim,
  directory: DeviceDirectory,
  properties: WantedProperties,
  { deadline, asking, now, note }: Run,
): Promise<Step<Identification & { is: 'device' }>> {
  const found = await deadline.bound(identifyDevice(claim, directory, withProperties(asking, properties)));
  const [claimed] = claim.ids;
  switch (found.is) {
    case 'device':
      note('find device', `found in ${found.provenance.source}, state ${found.device.complianceState}`);
      return { go: found };
    case 'notFound':
      note('find device', 'Intune does not know it');
      return {
        end: {
          reason: 'deviceNotFound',
          claimed: found.by,
          evidence: evidenceOf(found.provenance, undefined, now()),
          warnings: warningsOf(found.provenance),
        },
      };
    case 'refused':
      note('find device', found.detail);
      return { end: { reason: found.reason, detail: found.detail, claimed } };
    case 'failed':
      note('find device', `${found.failure.reason}: ${found.failure.detail}`);
      return { end: { ...findingOf(found.failure), claimed } };
  }
}

/** A plain copy would read the signal, and so make it. */
function withProperties(asking: LookupOptions, properties: WantedProperties): DeviceLookupOptions {
  return {
    get signal() {
      return asking.signal;
    },
    deadline: asking.deadline,
    recheck: asking.recheck,
    maxAnswerAgeMs: asking.maxAnswerAgeMs,
    properties,
  };
}
