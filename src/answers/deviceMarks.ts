import type { DeviceId } from '../node/deviceId.ts';

/**
 * What a mark is about: Intune's id of a device, Entra's id of one, or everything that was ever said of an id. One GUID may be unknown
 * as an Intune id and good as an Entra id, so the first two are kept apart.
 */
export type MarkScope = 'managed' | 'entra' | 'any';

/** Since when older answers no longer count. */
export interface Since {
  /** A number that only grows: tells what came first in this replica, however many things happen in one millisecond. */
  readonly moment: number;
  /** Milliseconds since 1970: all there is to compare answers of other replicas by. */
  readonly at: number;
}

/** Which devices something newer is known of than older answers say. */
export interface DeviceMarks {
  set(tenant: string, id: DeviceId, scope: MarkScope, since: Since): void;
  /** The latest moment that concerns the id; `any` always does. */
  latest(tenant: string, id: DeviceId, scope: MarkScope): number;
  /** The latest time that concerns the id in any scope. */
  latestAt(tenant: string, id: DeviceId): number;
  /** Older answers about whatever device no longer count. */
  setForAll(since: Since): void;
}

type Mark = Record<MarkScope | 'at', number>;

/** Keeps `limit` marks. Those that must go leave a mark for all devices behind, so that nothing outdated comes back. */
export function createDeviceMarks(limit: number): DeviceMarks {
  const marks = new Map<string, Mark>();
  let forAll: Since = { moment: 0, at: 0 };
  const keyOf = (tenant: string, id: DeviceId): string => `${id}${tenant}`;

  return {
    set(tenant, id, scope, { moment, at }) {
      const key = keyOf(tenant, id);
      const mark = marks.get(key) ?? { managed: 0, entra: 0, any: 0, at: 0 };
      mark[scope] = moment;
      mark.at = Math.max(mark.at, at);
      // Put at the end again: the first one is the one that was set longest ago.
      marks.delete(key);
      marks.set(key, mark);
      if (marks.size <= limit) return;
      for (const [oldest, { managed, entra, any, at: then }] of marks) {
        forAll = { moment: Math.max(forAll.moment, managed, entra, any), at: Math.max(forAll.at, then) };
        marks.delete(oldest);
        break;
      }
    },
    latest(tenant, id, scope) {
      if (marks.size === 0) return forAll.moment;
      const mark = marks.get(keyOf(tenant, id));
      return mark === undefined ? forAll.moment : Math.max(forAll.moment, mark.any, mark[scope]);
    },
    latestAt: (tenant, id) => Math.max(forAll.at, marks.get(keyOf(tenant, id))?.at ?? 0),
    setForAll(since) {
      forAll = since;
      marks.clear();
    },
  };
}
