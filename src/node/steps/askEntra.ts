import { findingOf } from '../assembleDecision.ts';
import type { DeviceDirectory, Provenance } from '../deviceDirectory.ts';
import type { DeviceFacts } from '../judgeDevice.ts';
import type { ManagedDevice } from '../managedDevice.ts';
import type { Run, Step } from '../step.ts';

export interface EntraRecord {
  readonly entraDevice: DeviceFacts['entraDevice'];
  /** Undefined if nobody had to be asked. */
  readonly provenance: Provenance | undefined;
}

/** Entra's own record of the device, for nodes that demand that it is enabled. */
export async function askEntra(
  device: ManagedDevice,
  directory: DeviceDirectory,
  { deadline, asking, note }: Run,
): Promise<Step<EntraRecord>> {
  if (device.azureADDeviceId === undefined) {
    note('Entra device', 'not registered');
    return { go: { entraDevice: 'absent', provenance: undefined } };
  }
  const found = await deadline.bound(directory.findEntraDevice(device.azureADDeviceId, asking));
  if (!found.ok) {
    note('Entra device', `${found.reason}: ${found.detail}`);
    return { end: findingOf(found) };
  }
  if (found.value === undefined) {
    note('Entra device', 'absent');
    return { go: { entraDevice: 'absent', provenance: found } };
  }
  note('Entra device', found.value.accountEnabled ? 'enabled' : 'disabled');
  return { go: { entraDevice: found.value, provenance: found } };
}
