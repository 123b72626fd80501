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

/** @param action - undefined for the device itself */
export function deviceActionUrl(graph: string, id: DeviceId, action: string | undefined): string {
  const device = `${graph}/v1.0/deviceManagement/managedDevices/${encodeURIComponent(id)}`;
  return action === undefined ? device : `${device}/${action}`;
}

export function entraDeviceUrl(graph: string, id: DeviceId): string {
  const key = encodeURIComponent(quoted(id));
  return `${graph}/v1.0/devices(deviceId=${key})${query({ $select: 'id,deviceId,accountEnabled' })}`;
}

export function tenantSettingsUrl(graph: string): string {
  return `${graph}/v1.0/deviceManagement${query({ $select: 'settings' })}`;
}

/** A text literal of OData. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Annotations such as `@odata.type` come by themselves and cannot be selected. */
function selectOf(properties: WantedProperties): Readonly<Record<string, string>> {
  if (properties === 'all') return {};
  const wanted = properties === 'none' ? [] : properties.filter((name) => /^[A-Za-z]\w{0,127}$/.test(name));
  return { $select: [...new Set([...JUDGED_PROPERTIES, ...wanted])].join(',') };
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
