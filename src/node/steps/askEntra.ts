import { findingOf } from '../assembleDecision.ts';
import type { DeviceDirectory } from '../deviceDirectory.ts';
import type { DeviceFacts } from '../judgeDevice.ts';
import type { ManagedDevice } from '../managedDevice.ts';
import type { Run, Step } from '../step.ts';

/** Entra's own record of the device, for nodes that demand that it is enabled. */
export async function askEntra(
  device: ManagedDevice,
  directory: DeviceDirectory,
  { deadline, note }: Run,
): Promise<Step<DeviceFacts['entraDevice']>> {
  if (device.azureADDeviceId === undefined) {
    note('Entra device', 'not registered');
    return { go: 'absent' };
  }
  const options = { signal: deadline.signal, deadline: deadline.at };
  const found = await deadline.bound(directory.findEntraDevice(device.azureADDeviceId, options));
  if (!found.ok) {
    note('Entra device', `${found.reason}: ${found.detail}`);
    return { end: findingOf(found) };
  }
  if (found.value === undefined) {
    note('Entra device', 'absent');
    return { go: 'absent' };
  }
  note('Entra device', found.value.accountEnabled ? 'enabled' : 'disabled');
  return { go: found.value };
}
