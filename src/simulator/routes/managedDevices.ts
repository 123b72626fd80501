import { betaProperties, betaSelectOnly } from '../betaProperties.ts';
import { compileDeviceFilter } from '../deviceFilter.ts';
import { formatSkipToken, parseSkipToken } from '../deviceKeyset.ts';
import { findDevice, listDevices } from '../deviceTable.ts';
import { nextLink, pageSizeOf } from '../graphPaging.ts';
import { MANAGED_DEVICE_DEFAULTS } from '../managedDeviceEntity.ts';
import { pickProperties, refuseUnknownNames, selectedNames } from '../selectProperties.ts';
import { createSimulatedDevice } from '../simulatedDevice.ts';
import type { DevicePredicate } from '../deviceFilter.ts';
import type { DevicePosition } from '../deviceKeyset.ts';
import type { DeviceRow } from '../deviceTable.ts';
import type { GraphAnswer } from '../graphErrors.ts';
import type { GraphRequest, GraphResource } from '../graphResource.ts';
import type { ManagedDeviceEntity } from '../managedDeviceEntity.ts';
import type { SimulatedDevice } from '../simulatedDevice.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TYPE_NAME = 'microsoft.graph.managedDevice';
const COLLECTION = 'deviceManagement/managedDevices';
/** Nothing but one Entra id: the filter of a client that looks for one device. */
const ENTRA_ID_FILTER = /^\s*azureADDeviceId eq '?([0-9a-f-]{36})'?\s*$/i;
const DEVICE_PROPERTIES = Object.keys(MANAGED_DEVICE_DEFAULTS) as (keyof ManagedDeviceEntity)[];

export const managedDevice: GraphResource = {
  endpoint: 'managedDevice',
  pattern: ['deviceManagement', 'managedDevices', '{}'],
  handle(request) {
    const found = findSimulatedDevice(request);
    if (!found.ok) return found.answer;
    const { device } = found;
    const names = selectedNames(request.query);
    const entity = plainEntity(device, request);
    const refused = refuseUnknownNames(names, entity, TYPE_NAME, request.errors) ?? refuseExpand(request);
    if (refused !== undefined) return refused;
    const told = names === undefined ? entity : { ...entity, ...namedOnly(device, request) };
    const expanded = expandsApps(request) ? { detectedApps: device.detectedApps } : {};
    return {
      status: 200,
      body: {
        '@odata.context': `${request.root}/$metadata#${COLLECTION}${selectSuffix(names)}/$entity`,
        ...pickProperties(told, names),
        ...expanded,
      },
    };
  },
};

export const managedDevices: GraphResource = {
  endpoint: 'managedDevices',
  pattern: ['deviceManagement', 'managedDevices'],
  handle(request) {
    const { query, errors, world } = request;
    const names = selectedNames(query);
    const refused = refuseExpand(request);
    if (refused !== undefined) return refused;
    const filter = query.get('$filter') ?? '';
    // The documentation forbids this pair; what really happens is not known.
    if (filter.includes('azureADDeviceId') && query.has('$count')) return errors.nested(400, 'BadRequest');
    const matches = filter === '' ? () => true : compileDeviceFilter(filter);
    if (matches === undefined) return errors.plain(400, 'BadRequest', 'Invalid filter clause');
    const size = pageSizeOf(request, world.pageSizes.managedDevices, 1000);
    if (!size.ok) return size.answer;
    const token = query.get('$skiptoken');
    const last = token === null ? undefined : parseSkipToken(token);
    if (token !== null && last === undefined) return errors.nested(400, 'BadRequest');

    const unknown = refuseUnknownNames(names, anyEntity(request), TYPE_NAME, errors);
    if (unknown !== undefined) return unknown;
    const { page, more } = readPage(request, matches, last, size.value);
    const end = page.at(-1);
    return {
      status: 200,
      body: {
        '@odata.context': `${request.root}/$metadata#${COLLECTION}${selectSuffix(names)}`,
        // The size of the page, not of the result.
        '@odata.count': page.length,
        ...(end !== undefined && more
          ? { '@odata.nextLink': nextLink(request, formatSkipToken(end.position)) }
          : {}),
        // Select-only properties keep their defaults here, even when they are named.
        value: page.map((row) => listedEntity(row, request, names)),
      },
    };
  },
};

/** The device a path names: 400 for what is no id, 404 for an id nobody has. */
export function findSimulatedDevice({
  keys: [key = ''],
  world,
  errors,
}: GraphRequest): { ok: true; device: SimulatedDevice } | { ok: false; answer: GraphAnswer } {
  if (!GUID.test(key)) return { ok: false, answer: errors.nested(400, 'BadRequest') };
  const device = findDevice(world, key.toLowerCase());
  return device === undefined
    ? { ok: false, answer: errors.nested(404, 'ResourceNotFound') }
    : { ok: true, device };
}

function plainEntity(device: SimulatedDevice, { version }: GraphRequest): Record<string, unknown> {
  return version === 'beta' ? { ...device.properties, ...betaProperties(device) } : device.properties;
}

function namedOnly(device: SimulatedDevice, { version }: GraphRequest): Record<string, unknown> {
  return version === 'beta' ? { ...device.selectOnly, ...betaSelectOnly(device) } : device.selectOnly;
}

/** As many rows as fit on the page, and whether there would be another. */
function readPage(
  { world, query }: GraphRequest,
  matches: DevicePredicate,
  after: DevicePosition | undefined,
  size: number,
): { page: readonly DeviceRow[]; more: boolean } {
  const page: DeviceRow[] = [];
  for (const row of listDevices(
    world,
    after,
    ENTRA_ID_FILTER.exec(query.get('$filter') ?? '')?.[1]?.toLowerCase(),
  )) {
    if (!matches(row.read)) continue;
    if (page.length === size) return { page, more: true };
    page.push(row);
  }
  return { page, more: false };
}

/** A row of a list. In v1.0 a selection makes nothing but what was selected, which is what a large list consists of. */
function listedEntity(
  row: DeviceRow,
  request: GraphRequest,
  names: readonly string[] | undefined,
): Record<string, unknown> {
  if (names === undefined || request.version === 'beta') {
    return pickProperties(plainEntity(row.device(), request), names);
  }
  const entity: Record<string, unknown> = {};
  for (const name of DEVICE_PROPERTIES) if (names.includes(name)) entity[name] = row.read(name);
  return entity;
}

/** Any device shows which properties the type has. */
function anyEntity(request: GraphRequest): object {
  const device = createSimulatedDevice({ note: '', properties: {} });
  return plainEntity(device, request);
}

function selectSuffix(names: readonly string[] | undefined): string {
  return names === undefined ? '' : `(${names.join(',')})`;
}

function expandsApps({ query }: GraphRequest): boolean {
  return query.get('$expand')?.toLowerCase() === 'detectedapps';
}

/** v1.0 has no such navigation. Beta has it; on a list it does nothing, silently. */
function refuseExpand(request: GraphRequest): GraphAnswer | undefined {
  return request.version === 'v1.0' && expandsApps(request)
    ? refuseUnknownNames(['detectedApps'], {}, TYPE_NAME, request.errors)
    : undefined;
}
