import type { LookupFailure } from '../../node/deviceDirectory.ts';
import type { FleetPass } from './fleetPass.ts';

/** How far a pass is. Carries no id and no name. */
export interface PassProgress {
  /** `all` devices of the tenant, or those that checked in `recent`ly. */
  readonly kind: FleetPass['kind'];
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly pages: number;
  /** Devices this process has seen in it, each counted once. */
  readonly devices: number;
  readonly devicesPerSecond: number;
  /** False if it was begun by a former process. */
  readonly fromTheStart: boolean;
  /** Rows that were no device the gate could read. While there are any, Entra ids are not answered from the list. */
  readonly unreadable: number;
}

export interface FinishedPass extends PassProgress {
  readonly durationMs: number;
}

/** Something worth counting or logging. */
export type FollowerEvent =
  | ({ readonly type: 'passStarted' } & PassProgress)
  | ({ readonly type: 'passProgress' } & PassProgress)
  | ({ readonly type: 'passFinished'; readonly withoutRoom: number } & FinishedPass)
  /** A page could not be had. `givenUp`: the pass ends here, and another one begins later. */
  | {
      readonly type: 'pageFailed';
      readonly kind: FleetPass['kind'];
      readonly reason: LookupFailure['reason'];
      readonly detail: string;
      readonly givenUp: boolean;
      readonly forMs: number;
    }
  | { readonly type: 'bookmarkFailed'; readonly detail: string };
