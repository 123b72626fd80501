import type { SimulatedDevice } from './simulatedDevice.ts';

/** The last row of a page: the next one goes on behind it. */
export interface DevicePosition {
  readonly deviceName: string;
  readonly id: string;
}

/** The order of the service: name, then id. Hence a rename during a scan can skip or repeat a row. */
export function compareDevices(left: DevicePosition, right: DevicePosition): number {
  if (left.deviceName !== right.deviceName) return left.deviceName < right.deviceName ? -1 : 1;
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}

export function positionOf({ properties }: SimulatedDevice): DevicePosition {
  return { deviceName: properties.deviceName ?? '', id: properties.id };
}

/** Value of `$skiptoken`, percent-encoded in lower case as the service does. */
export function formatSkipToken({ deviceName, id }: DevicePosition): string {
  return percentEncode(`LastDeviceName='${deviceName.replaceAll("'", "''")}',LastDeviceId='${id}'`);
}

/** Reads a decoded `$skiptoken`. */
export function parseSkipToken(token: string): DevicePosition | undefined {
  const match = /^LastDeviceName='((?:[^']|'')*)',LastDeviceId='([0-9a-f-]{36})'$/i.exec(token);
  if (match === null) return undefined;
  const [, name = '', id = ''] = match;
  return { deviceName: name.replaceAll("''", "'"), id: id.toLowerCase() };
}

function percentEncode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll("'", '%27')
    .replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}
