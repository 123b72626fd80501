import { evidenceOf, findingOf } from '../assembleDecision.ts';
import type { DeviceDirectory, WantedProperties } from '../deviceDirectory.ts';
import { identifyDevice, type Identification } from '../identifyDevice.ts';
import type { DeviceClaim } from '../reconcileIds.ts';
import type { Run, Step } from '../step.ts';

/** Asks the directory for the one device the claim speaks of. */
export async function lookUpDevice(
  claim: DeviceClaim,
  directory: DeviceDirectory,
  properties: WantedProperties,
  { deadline, now, note }: Run,
): Promise<Step<Identification & { is: 'device' }>> {
  const options = { signal: deadline.signal, deadline: deadline.at, properties };
  const found = await deadline.bound(identifyDevice(claim, directory, options));
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
