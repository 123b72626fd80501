import type { DeviceId, DeviceIdKind } from './deviceId.ts';
import type { DeviceIdSourceKind, PresentedDeviceId } from './deviceIdSource.ts';

/** What all sources together say about who is asking: one device, seen under one or two ids. */
export interface DeviceClaim {
  readonly ids: readonly ClaimedId[];
}

export interface ClaimedId {
  readonly id: DeviceId;
  readonly kind: DeviceIdKind;
  /** The place that gave it; where several did, the one that is hardest to forge. */
  readonly source: DeviceIdSourceKind;
}

/** Hardest to forge first: this order decides what is reported, never what is believed. */
const SOURCE_RANK: readonly DeviceIdSourceKind[] = ['operator', 'certificate', 'header', 'sharedState'];

/**
 * Puts every id that was found together. None wins by order: equal ids become one, ids of one kind must be equal, and one device has
 * at most two ids, an Intune id and an Entra id. Whether those two belong together only the directory knows.
 *
 * @param presented - at least one id
 * @returns undefined if the ids cannot be those of one device
 */
export function reconcileIds(presented: readonly PresentedDeviceId[]): DeviceClaim | undefined {
  const byId = new Map<DeviceId, ClaimedId>();
  for (const next of presented) {
    const known = byId.get(next.id);
    if (known === undefined) {
      byId.set(next.id, next);
      continue;
    }
    const kind = sharedKind(known.kind, next.kind);
    if (kind === undefined) return undefined;
    const source =
      SOURCE_RANK.indexOf(next.source) < SOURCE_RANK.indexOf(known.source) ? next.source : known.source;
    byId.set(next.id, { id: next.id, kind, source });
  }
  const ids = [...byId.values()];
  if (ids.length > 2) return undefined;
  const [first, second] = ids;
  if (first !== undefined && second !== undefined && first.kind === second.kind && first.kind !== 'unknown') {
    return undefined;
  }
  return { ids };
}

/** One GUID cannot be both an Intune id and an Entra id; a bare one takes the kind another source knows. */
function sharedKind(a: DeviceIdKind, b: DeviceIdKind): DeviceIdKind | undefined {
  if (a === b || b === 'unknown') return a;
  return a === 'unknown' ? b : undefined;
}
