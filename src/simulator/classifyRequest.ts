/** What a request asks for. `other` is a Graph path nobody serves. */
export const SIMULATED_ENDPOINTS = [
  'token',
  'discovery',
  'managedIdentity',
  'managedDevice',
  'managedDevices',
  'deviceAction',
  'detectedApps',
  'entraDevice',
  'policyStates',
  'settings',
  'other',
] as const;

export type SimulatedEndpoint = (typeof SIMULATED_ENDPOINTS)[number];

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const ABOUT_DEVICES: ReadonlySet<SimulatedEndpoint> = new Set([
  'managedDevice',
  'deviceAction',
  'managedDevices',
  'detectedApps',
  'policyStates',
  'entraDevice',
]);
const SUBRESOURCES: Record<string, SimulatedEndpoint> = {
  detectedapps: 'detectedApps',
  devicecompliancepolicystates: 'policyStates',
  syncdevice: 'deviceAction',
};

/** Sorts a request by its address, for the log and for faults. The device id is the one in the path, or the first one in `$filter`. */
export function classifyRequest(url: URL): { endpoint: SimulatedEndpoint; deviceId?: string } {
  const path = safeDecode(url.pathname).toLowerCase();
  const endpoint = endpointOf(path);
  if (!ABOUT_DEVICES.has(endpoint)) return { endpoint };
  const deviceId = (GUID.exec(path.slice(path.indexOf('/', 1))) ??
    GUID.exec(url.searchParams.get('$filter') ?? ''))?.[0];
  return deviceId === undefined ? { endpoint } : { endpoint, deviceId: deviceId.toLowerCase() };
}

function endpointOf(path: string): SimulatedEndpoint {
  if (path.startsWith('/metadata/identity/')) return 'managedIdentity';
  if (path.endsWith('/oauth2/v2.0/token')) return 'token';
  if (path.endsWith('/.well-known/openid-configuration') || path.endsWith('/discovery/v2.0/keys'))
    return 'discovery';
  const [resource = '', ...rest] = path.split('/').slice(2);
  if (/^devices(\(|$)/.test(resource)) return 'entraDevice';
  if (resource !== 'devicemanagement') return 'other';
  const [collection, ...below] = rest;
  if (collection === undefined || collection === '') return 'settings';
  // Both ways to write a key: managedDevices/{id} and managedDevices('{id}').
  const keyed = collection.startsWith('manageddevices(');
  if (collection !== 'manageddevices' && !keyed) return 'other';
  const [key, subresource] = keyed ? [collection, below[0]] : below;
  if (!key) return 'managedDevices';
  return subresource ? (SUBRESOURCES[subresource] ?? 'other') : 'managedDevice';
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
