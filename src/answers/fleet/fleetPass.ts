import type { ListScope } from '../../node/deviceList.ts';
import { createFleetSightings, type FleetSightings } from './fleetSightings.ts';

/** One way through a list, as far as it has got. */
export interface FleetPass {
  /** All devices, or those that checked in of late. */
  readonly kind: 'all' | 'recent';
  readonly scope: ListScope;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Since when this process has been reading it, milliseconds since 1970. */
  readonly readSince: number;
  /** False if it was begun before this process: what it saw then is not known any more. */
  readonly fromTheStart: boolean;
  readonly sightings: FleetSightings;
  /** Where the next page begins; undefined before the first. */
  position: string | undefined;
  /** Positions that were read, so that no circle is gone in. */
  readonly been: Set<string>;
  pages: number;
  /** Rows, a device that was shown twice counted twice, and rows that were no device. */
  rows: number;
  unreadable: number;
  /** Failures since the last page. */
  failures: number;
}

export function createFleetPass(
  kind: FleetPass['kind'],
  scope: ListScope,
  now: number,
  resumed?: { readonly position: string; readonly pages: number; readonly startedAt: number },
): FleetPass {
  return {
    kind,
    scope,
    startedAt: resumed?.startedAt ?? now,
    readSince: now,
    fromTheStart: resumed === undefined,
    sightings: createFleetSightings(),
    position: resumed?.position,
    been: new Set(),
    pages: resumed?.pages ?? 0,
    rows: 0,
    unreadable: 0,
    failures: 0,
  };
}
