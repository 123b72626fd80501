import { describe, expect, it } from 'vitest';
import {
  detectedAppsUrl,
  entraDeviceUrl,
  managedDevicesByEntraIdUrl,
  managedDeviceUrl,
} from '../../src/graph/graphUrls.ts';
import type { DeviceId } from '../../src/node/deviceId.ts';

const GRAPH = 'https://graph.microsoft.com';
/** No parser makes this; the URLs do not rely on that. */
const HOSTILE = "../users/x?$expand=y#z' or true" as DeviceId;

describe('a hostile id stays one id', () => {
  it.each([
    ['device', managedDeviceUrl(GRAPH, HOSTILE, 'all'), '/v1.0/deviceManagement/managedDevices/..%2Fusers'],
    ['apps', detectedAppsUrl(GRAPH, HOSTILE), '/beta/deviceManagement/managedDevices/..%2Fusers'],
    ['Entra device', entraDeviceUrl(GRAPH, HOSTILE), "/v1.0/devices(deviceId='..%2Fusers"],
    ['list', managedDevicesByEntraIdUrl(GRAPH, HOSTILE, 'all'), '/v1.0/deviceManagement/managedDevices'],
  ])('%s', (_name, url, path) => {
    const { origin, pathname, hash, searchParams } = new URL(url);
    expect(origin).toBe(GRAPH);
    expect(pathname.startsWith(path)).toBe(true);
    expect(hash).toBe('');
    expect(searchParams.has('$expand')).toBe(false);
  });

  it('also inside a filter', () => {
    const filter = new URL(managedDevicesByEntraIdUrl(GRAPH, HOSTILE, 'none')).searchParams.get('$filter');
    expect(filter).toBe("azureADDeviceId eq '../users/x?$expand=y#z'' or true'");
  });

  it('also inside a key', () => {
    expect(entraDeviceUrl(GRAPH, HOSTILE)).toContain(
      "(deviceId='..%2Fusers%2Fx%3F%24expand%3Dy%23z''%20or%20true')",
    );
  });
});
