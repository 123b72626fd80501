import { isDeepStrictEqual } from 'node:util';
import type { DeviceDirectory, DeviceLookupOptions, Lookup, LookupFailure } from '../node/deviceDirectory.ts';
import { parseGuid, type DeviceId } from '../node/deviceId.ts';
import type { EntraDevice, ManagedDevice } from '../node/managedDevice.ts';
import { parseDetectedApps, rowsOf } from './detectedAppsAnswer.ts';
import { readPages } from './graphPages.ts';
import type { AskGraph } from './graphRequest.ts';
import {
  detectedAppsUrl,
  entraDeviceUrl,
  listsLeaveOut,
  managedDevicesByEntraIdUrl,
  managedDeviceUrl,
} from './graphUrls.ts';
import { stringAt, type JsonObject } from './jsonObject.ts';
import { parseManagedDevice } from './managedDeviceAnswer.ts';
import { upstreamFailure } from './upstreamFailure.ts';

/** One Entra id belongs to one device and a few ghosts of it. */
const DEVICE_BOUNDS = { maxPages: 5, maxRows: 200 } as const;
const APP_BOUNDS = { maxPages: 100, maxRows: 20_000 } as const;

/** The port {@link DeviceDirectory} over Microsoft Graph: no cache, no memory beside the token. */
export function createGraphDirectory(graph: string, ask: AskGraph): DeviceDirectory {
  const findManagedDevice = async (
    id: DeviceId,
    options: DeviceLookupOptions,
  ): Promise<Lookup<ManagedDevice | undefined>> => {
    const answer = await ask('managedDevice', managedDeviceUrl(graph, id, options.properties), options);
    if (answer.kind === 'failure') return answer.failure;
    if (answer.kind === 'absent') return found(undefined, answer.fetchedAt);
    const parsed = parseManagedDevice(answer.body);
    if (!parsed.ok) return malformed(parsed.problem);
    if (parsed.device.id !== id) return malformed('the answer is about another device');
    return found(parsed.device, answer.fetchedAt);
  };

  const findManagedDevicesByEntraId = async (
    id: DeviceId,
    options: DeviceLookupOptions,
  ): Promise<Lookup<readonly ManagedDevice[]>> => {
    const url = managedDevicesByEntraIdUrl(graph, id, options.properties);
    const pages = await readPages(ask, 'managedDevices', url, options, DEVICE_BOUNDS, (body) =>
      parseDevicesOf(id, body),
    );
    if (pages.kind === 'failure') return pages.failure;
    const rows = pages.kind === 'absent' ? [] : pages.rows;
    const devices = distinctDevices(rows);
    if (devices === undefined) return malformed('a device is listed twice, with different facts');
    const [only] = devices;
    if (only === undefined || devices.length > 1 || !listsLeaveOut(options.properties)) {
      return found(devices, pages.fetchedAt);
    }
    const again = await findManagedDevice(only.id, options);
    if (!again.ok) return again;
    if (again.value === undefined) return found([], again.fetchedAt);
    if (again.value.azureADDeviceId !== id)
      return malformed('a device has another Entra id than its list row');
    return found([again.value], again.fetchedAt);
  };

  return {
    findManagedDevice,
    findManagedDevicesByEntraId,

    async findEntraDevice(id, options) {
      const answer = await ask('entraDevice', entraDeviceUrl(graph, id), options);
      if (answer.kind === 'failure') return answer.failure;
      if (answer.kind === 'absent') return found(undefined, answer.fetchedAt);
      const device = parseEntraDevice(answer.body);
      if (device === undefined) return malformed('the answer is no Entra device');
      if (device.deviceId !== id) return malformed('the answer is about another device');
      return found(device, answer.fetchedAt);
    },

    async listDetectedApps(id, options) {
      const url = detectedAppsUrl(graph, id);
      const pages = await readPages(
        ask,
        'detectedApps',
        url,
        options,
        APP_BOUNDS,
        (body) => parseDetectedApps(body) ?? 'the answer is no list of apps',
      );
      if (pages.kind === 'failure') return pages.failure;
      return found(pages.kind === 'absent' ? [] : pages.rows, pages.fetchedAt);
    },
  };
}

/** A page boundary can repeat a row; rows of one id that disagree are no answer. */
function distinctDevices(rows: readonly ManagedDevice[]): readonly ManagedDevice[] | undefined {
  const byId = new Map<DeviceId, ManagedDevice>();
  for (const device of rows) {
    const known = byId.get(device.id);
    if (known !== undefined && !isDeepStrictEqual(known, device)) return undefined;
    byId.set(device.id, device);
  }
  return [...byId.values()];
}

/**
 * Every row must hold the key that was asked for. Intune silently ignores filters it does not support and then lists the whole
 * tenant: one stranger among the rows means that none of them was chosen by the filter.
 */
function parseDevicesOf(id: DeviceId, body: JsonObject): readonly ManagedDevice[] | string {
  const rows = rowsOf(body);
  if (rows === undefined) return 'the answer is no list of devices';
  const devices: ManagedDevice[] = [];
  for (const row of rows) {
    const parsed = parseManagedDevice(row);
    if (!parsed.ok) return parsed.problem;
    if (parsed.device.azureADDeviceId !== id)
      return 'filter ignored, the list holds a device that was not asked for';
    devices.push(parsed.device);
  }
  return devices;
}

function parseEntraDevice(body: JsonObject): EntraDevice | undefined {
  const deviceId = parseGuid(stringAt(body, 'deviceId') ?? '');
  const accountEnabled = body['accountEnabled'];
  return deviceId === undefined || typeof accountEnabled !== 'boolean'
    ? undefined
    : { deviceId, accountEnabled };
}

function found<T>(value: T, fetchedAt: number): Lookup<T> {
  return { ok: true, value, source: 'graph', fetchedAt };
}

function malformed(words: string): LookupFailure {
  return upstreamFailure('malformedAnswer', `Graph: ${words}.`);
}
