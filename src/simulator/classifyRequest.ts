/** What a request asks for. `other` is a Graph path nobody serves. */
export const SIMULATED_ENDPOINTS = [
  'token',
  'discovery',
  'managedIdentity',
  'managedDevice',
  'managedDevices',
  'detectedApps',
  'entraDevice',
  'policyStates',
  'settings',
  'deviceAction',
  'groups',
  'groupMembers',
  'memberships',
  'userDevices',
  'batch',
  'other',
] as const;

export type SimulatedEndpoint = (typeof SIMULATED_ENDPOINTS)[number];

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const ABOUT_DEVICES: ReadonlySet<SimulatedEndpoint> = new Set([
  'managedDevice',
  'managedDevices',
  'detectedApps',
  'policyStates',
  'entraDevice',
  'deviceAction',
]);
const SUBRESOURCES: Record<string, SimulatedEndpoint> = {
  detectedapps: 'detectedApps',
  devicecompliancepolicystates: 'policyStates',
};

/** Sorts a request by its address, for the log and for faults. The device id is the one in the path, or the first one in `$filter`. */
export function classifyRequest(
  url: URL,
  method = 'GET',
): { endpoint: SimulatedEndpoint; deviceId?: string } {
  const path = safeDecode(url.pathname).toLowerCase();
  const endpoint = endpointOf(path, method);
  if (!ABOUT_DEVICES.has(endpoint)) return { endpoint };
  const deviceId = (GUID.exec(path.slice(path.indexOf('/', 1))) ??
    GUID.exec(url.searchParams.get('$filter') ?? ''))?.[0];
  return deviceId === undefined ? { endpoint } : { endpoint, deviceId: deviceId.toLowerCase() };
}

function endpointOf(path: string, method: string): SimulatedEndpoint {
  if (path.startsWith('/metadata/identity/')) return 'managedIdentity';
  if (path.endsWith('/oauth2/v2.0/token')) return 'token';
  if (path.endsWith('/.well-known/openid-configuration') || path.endsWith('/discovery/v2.0/keys'))
    return 'discovery';
  const [resource = '', ...rest] = path.split('/').slice(2);
  if (resource === '$batch') return 'batch';
  if (/^(devices|users)(\(|$)/.test(resource) && rest.at(-1) === 'checkmembergroups') return 'memberships';
  if (/^devices(\(|$)/.test(resource)) return 'entraDevice';
  if (/^users(\(|$)/.test(resource)) return rest.at(-1) === 'manageddevices' ? 'userDevices' : 'other';
  if (/^groups(\(|$)/.test(resource)) return rest.at(-1) === 'members' ? 'groupMembers' : 'groups';
  if (resource !== 'devicemanagement') return 'other';
  const [collection, ...below] = rest;
  if (collection === undefined || collection === '') return 'settings';
  // Both ways to write a key: managedDevices/{id} and managedDevices('{id}').
  const keyed = collection.startsWith('manageddevices(');
  if (collection !== 'manageddevices' && !keyed) return 'other';
  const [key, subresource] = keyed ? [collection, below[0]] : below;
  if (!key) return 'managedDevices';
  if (subresource) return SUBRESOURCES[subresource] ?? (method === 'POST' ? 'deviceAction' : 'other');
  return method === 'DELETE' ? 'deviceAction' : 'managedDevice';
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
