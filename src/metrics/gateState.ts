import type { FleetProgress } from '../answers/fleet/fleetFollower.ts';
import type { FlightCounts } from '../answers/flights.ts';
import type { SinkStatus } from '../audit/eventSink.ts';
import type { TenantStatus } from '../graph/graphTenant.ts';

/** The gate as it is in one moment, where it is not counted as it goes. */
export interface GateState {
  readonly tenants: ReadonlyMap<string, TenantState>;
  readonly memory: { readonly entries: number; readonly evictions: number };
  readonly places: Readonly<Record<'decisions' | 'waiting', { readonly taken: number; readonly of: number }>>;
  readonly expiries: readonly Expiry[];
  /** Where events go, by name. */
  readonly sinks: ReadonlyMap<string, SinkStatus>;
  /** Devices whose history is in memory; undefined if none is kept. */
  readonly historyDevices: number | undefined;
}

/** One tenant, and who lists its devices beforehand; undefined if nobody does. */
export type TenantState = TenantStatus & {
  readonly questions: FlightCounts;
  readonly follower: FleetProgress | undefined;
};

/** When the first certificate of one place in the configuration expires. */
export interface Expiry {
  readonly kind: 'credential' | 'listener' | 'anchor' | 'intermediate';
  /** Path in the configuration. */
  readonly place: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}
