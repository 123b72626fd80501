import { findEntraDevice, findEntraDeviceByObjectId, listEntraDevices } from '../deviceTable.ts';
import { pageSizeOf, nextLink } from '../graphPaging.ts';
import { pickProperties, refuseUnknownNames, selectedNames } from '../selectProperties.ts';
import type { GraphAnswer } from '../graphErrors.ts';
import type { GraphRequest, GraphResource } from '../graphResource.ts';
import type { SimulatedEntraDevice } from '../simulatedDevice.ts';

const TYPE_NAME = 'microsoft.graph.device';

/** One Entra device: by object id, `devices/{id}`, or by the id that certificates and Intune use, `devices(deviceId='…')`. */
export const entraDevice: GraphResource = {
  endpoint: 'entraDevice',
  pattern: ['devices', '{}'],
  handle(request) {
    const [key = ''] = request.keys;
    const deviceId = /^deviceId=(.*)$/i.exec(key)?.[1];
    const device =
      deviceId === undefined
        ? findEntraDeviceByObjectId(request.world, key.toLowerCase())
        : findEntraDevice(request.world, deviceId.toLowerCase());
    if (device === undefined) {
      return request.errors.plain(
        404,
        'Request_ResourceNotFound',
        `Resource '${deviceId ?? key}' does not exist or one of its queried reference-property objects are not present.`,
      );
    }
    const names = selectedNames(request.query);
    return (
      refuseUnknownNames(names, device, TYPE_NAME, request.errors) ?? {
        status: 200,
        body: {
          '@odata.context': `${request.root}/$metadata#devices${names === undefined ? '' : `(${names.join(',')})`}/$entity`,
          ...pickProperties({ ...device }, names),
        },
      }
    );
  },
};

/** Entra devices; the only filter is `deviceId eq '…'`. */
export const entraDevices: GraphResource = {
  endpoint: 'entraDevice',
  pattern: ['devices'],
  handle(request) {
    const chosen = chooseDevices(request);
    if (!chosen.ok) return chosen.answer;
    const size = pageSizeOf(request, 100, 999);
    if (!size.ok) return size.answer;
    const start = Number(request.query.get('$skiptoken') ?? '0');
    const end = start + size.value;
    const names = selectedNames(request.query);
    const page = chosen.devices.slice(start, end);
    const refused = page[0] && refuseUnknownNames(names, page[0], TYPE_NAME, request.errors);
    if (refused !== undefined) return refused;
    return {
      status: 200,
      body: {
        '@odata.context': `${request.root}/$metadata#devices${names === undefined ? '' : `(${names.join(',')})`}`,
        ...(end < chosen.devices.length ? { '@odata.nextLink': nextLink(request, String(end)) } : {}),
        value: page.map((device) => pickProperties({ ...device }, names)),
      },
    };
  },
};

function chooseDevices({
  query,
  world,
  errors,
}: GraphRequest): { ok: true; devices: SimulatedEntraDevice[] } | { ok: false; answer: GraphAnswer } {
  const filter = query.get('$filter');
  if (filter === null) return { ok: true, devices: [...listEntraDevices(world)] };
  const deviceId = /^\(?\s*deviceId eq '([^']*)'\s*\)?$/.exec(filter.trim())?.[1];
  if (deviceId === undefined) {
    // The directory refuses what it cannot filter by, unlike Intune.
    const message = 'Unsupported or invalid query filter clause specified.';
    return { ok: false, answer: errors.plain(400, 'Request_UnsupportedQuery', message) };
  }
  const device = findEntraDevice(world, deviceId.toLowerCase());
  return { ok: true, devices: device === undefined ? [] : [device] };
}
