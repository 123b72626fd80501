import type { LookupFailure, LookupOptions } from '../../../src/node/deviceDirectory.ts';
import type { DeviceId } from '../../../src/node/deviceId.ts';
import type { DeviceList, ListScope } from '../../../src/node/deviceList.ts';
import type { ManagedDevice } from '../../../src/node/managedDevice.ts';
import { guid, managedDevice } from '../../support/fakeDirectory.ts';

/** A list as a test wants it: its devices, and what goes wrong. */
export interface FakeList extends DeviceList {
  devices: ManagedDevice[];
  /** Positions asked for, `start` for the first page, with `recent` before it where only recent check-ins were wanted. */
  readonly calls: string[];
  readonly scopes: ListScope[];
  /** What the next pages end with instead, one after the other; undefined for a page. */
  readonly troubles: (LookupFailure | 'circle' | 'throw' | undefined)[];
  unreadable: number;
  /** Told before each page is given. */
  onPage: (call: string) => Promise<void> | void;
}

export function fakeList(devices: ManagedDevice[], pageSize: number): FakeList {
  const fake: FakeList = {
    devices,
    calls: [],
    scopes: [],
    troubles: [],
    unreadable: 0,
    onPage: () => undefined,
    canTell: () => true,
    async readPage(scope: ListScope, position: string | undefined, { signal }: LookupOptions) {
      const { checkedInAfter } = scope;
      const call = `${checkedInAfter === undefined ? '' : 'recent '}${position ?? 'start'}`;
      fake.calls.push(call);
      fake.scopes.push(scope);
      const rows = fake.devices.filter(
        ({ lastSync }) => checkedInAfter === undefined || Number(lastSync) > checkedInAfter,
      );
      await fake.onPage(call);
      if (signal.aborted) return { ok: false, reason: 'timeout', detail: 'ended', cause: undefined };
      const trouble = fake.troubles.shift();
      if (trouble === 'throw') throw new Error('of alice-laptop');
      if (typeof trouble === 'object') return trouble;
      const first = Number(position ?? 0);
      const next = first + pageSize < rows.length ? String(first + pageSize) : undefined;
      return {
        ok: true,
        source: 'graph',
        fetchedAt: Date.now(),
        value: {
          devices: rows.slice(first, first + pageSize),
          unreadable: fake.unreadable,
          next: trouble === 'circle' ? position : next,
        },
      };
    },
  };
  return fake;
}

export const intuneId = (number: number): DeviceId =>
  guid(`c0000000-0000-4000-8000-${String(number).padStart(12, '0')}`);
export const entraId = (number: number): DeviceId =>
  guid(`e0000000-0000-4000-8000-${String(number).padStart(12, '0')}`);

/** Devices with the numbers from `before` + 1 on. */
export function fleet(count: number, changes: Partial<ManagedDevice> = {}, before = 0): ManagedDevice[] {
  return Array.from({ length: count }, (_, position) => position + before).map((index) =>
    managedDevice({
      id: intuneId(index + 1),
      azureADDeviceId: entraId(index + 1),
      serialNumber: `SN-${index + 1}`,
      userPrincipalName: `user${index + 1}@contoso.example`,
      ...changes,
    }),
  );
}
