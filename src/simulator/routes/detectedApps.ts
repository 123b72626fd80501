import { nextLink, pageSizeOf } from '../graphPaging.ts';
import { findSimulatedDevice } from './managedDevices.ts';
import type { GraphResource } from '../graphResource.ts';

/** The apps of one device. Only beta has this. */
export const detectedApps: GraphResource = {
  endpoint: 'detectedApps',
  pattern: ['deviceManagement', 'managedDevices', '{}', 'detectedApps'],
  only: 'beta',
  handle(request) {
    const found = findSimulatedDevice(request);
    if (!found.ok) return found.answer;
    const apps = found.device.detectedApps;
    const size = pageSizeOf(request, request.world.pageSizes.detectedApps, 1000);
    if (!size.ok) return size.answer;
    const token = request.query.get('$skiptoken') ?? '0';
    if (!/^\d{1,9}$/.test(token)) return request.errors.nested(400, 'BadRequest');
    const start = Number(token);
    const end = start + size.value;
    const page = apps.slice(start, end);
    return {
      status: 200,
      body: {
        '@odata.context': `${request.root}/$metadata#deviceManagement/managedDevices('${found.device.properties.id}')/detectedApps`,
        '@odata.count': page.length,
        ...(end < apps.length ? { '@odata.nextLink': nextLink(request, String(end)) } : {}),
        value: page,
      },
    };
  },
};
