import { findingOf, unexpected, type Finding } from '../assembleDecision.ts';
import type { DeviceDirectory, Lookup, Provenance } from '../deviceDirectory.ts';
import type { DeviceFacts } from '../judgeDevice.ts';
import type { EntraDevice, ManagedDevice } from '../managedDevice.ts';
import type { Run, Step } from '../step.ts';

export interface EntraRecord {
  readonly entraDevice: DeviceFacts['entraDevice'];
  /** Undefined if nobody had to be asked. */
  readonly provenance: Provenance | undefined;
}

/** Entra's own record of the device, for nodes that demand that it is enabled. Never rejects: what is known of the device stays known. */
export async function askEntra(
  device: ManagedDevice,
  directory: DeviceDirectory,
  { deadline, asking, note }: Run,
): Promise<Step<EntraRecord>> {
  if (device.azureADDeviceId === undefined) {
    note?.('Entra device', 'not registered');
    return { go: { entraDevice: 'absent', provenance: undefined } };
  }
  const failed = (finding: Finding): Step<EntraRecord> => {
    note?.('Entra device', `${finding.reason}: ${finding.detail ?? ''}`);
    return { end: finding };
  };
  let found: Lookup<EntraDevice | undefined>;
  try {
    found = await deadline.bound(directory.findEntraDevice(device.azureADDeviceId, asking));
  } catch (error) {
    return failed(unexpected(error));
  }
  if (!found.ok) return failed(findingOf(found));
  if (found.value === undefined) {
    note?.('Entra device', 'absent');
    return { go: { entraDevice: 'absent', provenance: found } };
  }
  note?.('Entra device', found.value.accountEnabled ? 'enabled' : 'disabled');
  return { go: { entraDevice: found.value, provenance: found } };
}
