import type { DeviceId } from '../../node/deviceId.ts';

/** Which devices a pass has seen so far, and which of them alone have their Entra id. */
export interface FleetSightings {
  note(id: DeviceId, entraId: DeviceId | undefined): void;
  /** Devices, each counted once. */
  readonly size: number;
  /** The Entra ids that one device has, and no other that was seen. */
  alone(): Iterable<readonly [entraId: DeviceId, id: DeviceId]>;
}

export function createFleetSightings(): FleetSightings {
  const entraIds = new Map<DeviceId, DeviceId | undefined>();
  const owners = new Map<DeviceId, DeviceId | 'several'>();
  return {
    note(id, entraId) {
      const before = entraIds.get(id);
      // Its Entra id changed while the list was read: nobody knows who else had it when.
      if (before !== undefined && before !== entraId) owners.set(before, 'several');
      entraIds.set(id, entraId);
      if (entraId === undefined) return;
      const owner = owners.get(entraId);
      owners.set(entraId, owner === undefined || owner === id ? id : 'several');
    },
    get size() {
      return entraIds.size;
    },
    *alone() {
      for (const [entraId, id] of owners) if (id !== 'several') yield [entraId, id];
    },
  };
}
