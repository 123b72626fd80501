import type { DeviceFeed, RawDevice } from '../../src/inventory/sync/deviceFeed.ts';

/** Devices in memory behind the port of a feed, with what can go wrong of it. */
export interface FakeFeed extends DeviceFeed {
  readonly devices: Map<string, RawDevice>;
  /** Listed devices are those of the map but for these, as Intune's lists can lag. */
  readonly unlisted: Set<string>;
  pageSize: number;
  /** The page that fails, from 1; undefined for none. */
  failPage: number | undefined;
  /** Called before each page is given. */
  beforePage: (page: number) => unknown;
  readonly calls: { pages: number; devices: number };
}

export function createFakeFeed(devices: readonly RawDevice[], pageSize = 3): FakeFeed {
  const feed: FakeFeed = {
    devices: new Map(devices.map((device) => [String(device['id']), device])),
    unlisted: new Set(),
    pageSize,
    failPage: undefined,
    beforePage: () => undefined,
    calls: { pages: 0, devices: 0 },
    async readPage({ select, changedAfter, top }, cursor) {
      feed.calls.pages += 1;
      const rows = [...feed.devices.values()]
        .filter((device) => !feed.unlisted.has(String(device['id'])))
        .filter(
          (device) =>
            changedAfter === undefined || Date.parse(String(device['lastSyncDateTime'])) > changedAfter,
        );
      const size = Math.min(top ?? feed.pageSize, feed.pageSize);
      const start = cursor === undefined ? 0 : Number(cursor.split('=')[1]);
      await feed.beforePage(start / size + 1);
      if (feed.failPage === start / size + 1)
        return { ok: false, reason: 'upstreamUnavailable', detail: 'Graph: it is down' };
      const page = rows.slice(start, start + size);
      return {
        ok: true,
        value: {
          rows: page.map((device) => pick(device, select)),
          cursor:
            start + size < rows.length ? `https://graph.example/devices?from=${start + size}` : undefined,
        },
      };
    },
    readDevice(id, select) {
      feed.calls.devices += 1;
      const device = feed.devices.get(id);
      return Promise.resolve({
        ok: true,
        value: device === undefined ? undefined : pick(device, ['id', ...select]),
      });
    },
  };
  return feed;
}

function pick(device: RawDevice, names: readonly string[]): RawDevice {
  return Object.fromEntries(
    names.flatMap((name) => (Object.hasOwn(device, name) ? [[name, device[name]]] : [])),
  );
}

/** Device number `number`, as Graph writes one. */
export function fakeDevice(number: number, changes: RawDevice = {}): RawDevice {
  return {
    id: `a0000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    deviceName: `LAPTOP-${number}`,
    managedDeviceName: null,
    serialNumber: `SN-${number}`,
    imei: '',
    meid: '',
    wiFiMacAddress: '00155D000001',
    ethernetMacAddress: '00155D0000AA',
    physicalMemoryInBytes: 17_179_869_184,
    totalStorageSpaceInBytes: 256_000_000_000,
    manufacturer: 'Contoso',
    model: 'Notebook 7',
    operatingSystem: 'Windows',
    osVersion: '10.0.26100.4351',
    complianceState: 'compliant',
    managedDeviceOwnerType: 'company',
    managementState: 'managed',
    isEncrypted: true,
    lastSyncDateTime: '2026-11-20T10:00:00Z',
    userPrincipalName: `user${number}@domain.com`,
    ...changes,
  };
}
