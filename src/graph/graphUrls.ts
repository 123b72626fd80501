import type { DeviceId } from '../node/deviceId.ts';
import type { WantedProperties } from '../node/deviceDirectory.ts';
import type { ListScope } from '../node/deviceList.ts';
import { JUDGED_PROPERTIES } from './managedDeviceAnswer.ts';

/** These have a value only on a GET by id that names them; in lists they hold a default that is no fact. */
const ONLY_WHEN_NAMED: ReadonlySet<string> = new Set([
  'activationLockBypassCode',
  'ethernetMacAddress',
  'iccid',
  'notes',
  'physicalMemoryInBytes',
  'remoteAssistanceSessionUrl',
  'udid',
]);

/** Does a list leave some of these out, so that the device must be read again by its id? */
export function listsLeaveOut(properties: WantedProperties): boolean {
  return typeof properties !== 'string' && properties.some((name) => ONLY_WHEN_NAMED.has(name));
}

export function managedDeviceUrl(graph: string, id: DeviceId, properties: WantedProperties): string {
  return `${graph}/v1.0/deviceManagement/managedDevices/${encodeURIComponent(id)}${properties === 'none' ? ONLY_JUDGED : query(selectOf(properties))}`;
}

export interface DeviceListQuery {
  /** Names of properties; a list gives those of `ONLY_WHEN_NAMED` as defaults all the same. */
  readonly select: readonly string[];
  /** Only devices that checked in after it, milliseconds since 1970. */
  readonly changedAfter?: number | undefined;
  /** Size of a page, at most 1,000. */
  readonly top?: number | undefined;
}

/** All managed devices. `gt` is the one comparison of dates that is documented for the check-in. */
export function managedDevicesListUrl(graph: string, { select, changedAfter, top }: DeviceListQuery): string {
  const date =
    changedAfter === undefined ? undefined : new Date(changedAfter).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${graph}/v1.0/deviceManagement/managedDevices${query({
    ...(date === undefined ? {} : { $filter: `lastSyncDateTime gt ${date}` }),
    $select: propertyNames(select).join(','),
    ...(top === undefined ? {} : { $top: String(top) }),
  })}`;
}

/** One device with exactly these properties. */
export function managedDeviceByIdUrl(graph: string, id: DeviceId, select: readonly string[]): string {
  return `${graph}/v1.0/deviceManagement/managedDevices/${encodeURIComponent(id)}${query({ $select: propertyNames(['id', ...select]).join(',') })}`;
}

/** Never with `$count`: Intune does not support it beside this filter. */
export function managedDevicesByEntraIdUrl(
  graph: string,
  id: DeviceId,
  properties: WantedProperties,
): string {
  const filter = `azureADDeviceId eq ${quoted(id)}`;
  return `${graph}/v1.0/deviceManagement/managedDevices${query({ $filter: filter, ...selectOf(properties) })}`;
}

/** Intune gives no more, whatever is asked for. */
export const LARGEST_PAGE = 1_000;

/** The first page of all devices. `gt` is documented for this property, `ge` is not. */
export function deviceListUrl(graph: string, { properties, checkedInAfter }: ListScope): string {
  const filter =
    checkedInAfter === undefined
      ? {}
      : { $filter: `lastSyncDateTime gt ${new Date(checkedInAfter).toISOString().slice(0, 19)}Z` };
  return `${graph}/v1.0/deviceManagement/managedDevices${query({
    $top: String(LARGEST_PAGE),
    ...filter,
    ...selectOf(properties),
  })}`;
}

/** The app inventory of one device exists in beta only. */
export function detectedAppsUrl(graph: string, id: DeviceId): string {
  return `${graph}/beta/deviceManagement/managedDevices/${encodeURIComponent(id)}/detectedApps`;
}

/** The compliance policies of one device. Their settings stand at {@link settingStatesUrl} alone. */
export function policyStatesUrl(graph: string, id: DeviceId): string {
  return deviceActionUrl(graph, id, 'deviceCompliancePolicyStates');
}

/** @param stateId - of a policy state; opaque */
export function settingStatesUrl(graph: string, id: DeviceId, stateId: string): string {
  return `${policyStatesUrl(graph, id)}/${encodeURIComponent(stateId)}/settingStates`;
}

export function entraDeviceUrl(graph: string, id: DeviceId): string {
  const key = encodeURIComponent(quoted(id));
  return `${graph}/v1.0/devices(deviceId=${key})${query({ $select: 'id,deviceId,accountEnabled' })}`;
}

export function tenantSettingsUrl(graph: string): string {
  return `${graph}/v1.0/deviceManagement${query({ $select: 'settings' })}`;
}

/**
 * Only what the documentation says Intune filters by; what it does not, it ignores silently. `gt` is the one comparison that is
 * documented for dates, so it asks for a second more.
 */
export function devicePageUrl(
  graph: string,
  {
    properties,
    pageSize,
    checkedInSince,
  }: {
    readonly properties: readonly string[];
    readonly pageSize: number;
    readonly checkedInSince: number | undefined;
  },
): string {
  const filter =
    checkedInSince === undefined
      ? {}
      : { $filter: `lastSyncDateTime gt ${new Date(checkedInSince - 1_000).toISOString().slice(0, 19)}Z` };
  return `${graph}/v1.0/deviceManagement/managedDevices${query({ $top: String(pageSize), ...filter, ...selectOf(properties) })}`;
}

export function devicesByTextUrl(
  graph: string,
  property: 'serialNumber' | 'userPrincipalName',
  value: string,
  properties: readonly string[],
): string {
  const filter = `${property} eq ${quoted(value)}`;
  return `${graph}/v1.0/deviceManagement/managedDevices${query({ $filter: filter, ...selectOf(properties) })}`;
}

/** `action`: a path below the device; without one, the device itself. */
export function deviceActionUrl(graph: string, id: DeviceId, action: string | undefined): string {
  const device = `${graph}/v1.0/deviceManagement/managedDevices/${encodeURIComponent(id)}`;
  return action === undefined ? device : `${device}/${action}`;
}

export function batchUrl(graph: string): string {
  return `${graph}/v1.0/$batch`;
}

/** Relative to the version, as `$batch` wants it. */
export function batchedDeviceUrl(id: DeviceId, properties: readonly string[]): string {
  return managedDeviceUrl('', id, properties).replace('/v1.0', '');
}

export function groupsByNameUrl(graph: string, names: readonly string[]): string {
  const filter = `displayName in (${names.map(quoted).join(',')})`;
  return `${graph}/v1.0/groups${query({ $filter: filter, $select: 'id,displayName' })}`;
}

/** With `$count`, which needs the header `ConsistencyLevel: eventual`. */
export function groupMembersUrl(graph: string, group: DeviceId, pageSize: number): string {
  const parameters = {
    $top: String(pageSize),
    $count: 'true',
    $select: 'id,displayName,userPrincipalName,mail,deviceId',
  };
  return `${graph}/v1.0/groups/${encodeURIComponent(group)}/members${query(parameters)}`;
}

/** `subject`: an object id, or a user principal name. */
export function memberGroupsUrl(graph: string, kind: 'users' | 'devices', subject: string): string {
  return `${graph}/v1.0/${kind}/${encodeURIComponent(subject)}/checkMemberGroups`;
}

/** A text literal of OData. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Annotations such as `@odata.type` come by themselves and cannot be selected. */
function selectOf(properties: WantedProperties): Readonly<Record<string, string>> {
  if (properties === 'all') return {};
  const wanted = properties === 'none' ? [] : properties;
  return { $select: propertyNames([...JUDGED_PROPERTIES, ...wanted]).join(',') };
}

function propertyNames(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name) => /^[A-Za-z]\w{0,127}$/.test(name)))];
}

/** Graph reads `+` as a plus sign, so spaces are `%20`; `$` and `,` stay as the documentation writes them. */
function query(parameters: Readonly<Record<string, string>>): string {
  const parts = Object.entries(parameters).map(
    ([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%2C', ',')}`,
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** What nearly every question asks for. */
const ONLY_JUDGED = query(selectOf('none'));
