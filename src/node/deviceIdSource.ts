import type { Reason } from '../outcomes/reason.ts';
import type { Deadline } from './deadline.ts';
import type { DeviceId, DeviceIdKind } from './deviceId.ts';
import type { RequestContext } from './requestContext.ts';

/** The kinds of places a device id can come from. */
export type DeviceIdSourceKind = 'certificate' | 'header' | 'sharedState' | 'operator';

/** An id as one source found it. */
export interface PresentedDeviceId {
  readonly id: DeviceId;
  readonly kind: DeviceIdKind;
  readonly source: DeviceIdSourceKind;
}

export type SourceFinding =
  | { readonly found: 'nothing' }
  | { readonly found: 'ids'; readonly ids: readonly PresentedDeviceId[] }
  | { readonly found: 'refused'; readonly reason: Reason; readonly detail: string };

/**
 * One configured place to look for the device id. Every source has this one shape; a new one is one file beside the others and one
 * row where the configuration is composed.
 */
export interface DeviceIdSource {
  readonly kind: DeviceIdSourceKind;
  /** For traces: what is looked at, e.g. `header x-intune`. */
  readonly label: string;
  /**
   * Answers at once wherever it can.
   *
   * @param now milliseconds since 1970
   * @param deadline bounds what has to be waited for; without one nothing is waited for
   */
  find(context: RequestContext, now: number, deadline?: Deadline): SourceFinding | Promise<SourceFinding>;
}

/** A source that never has to wait: pure but for the clock. */
export interface ImmediateSource extends DeviceIdSource {
  find(context: RequestContext, now: number): SourceFinding;
}

export const NOTHING_FOUND: SourceFinding = { found: 'nothing' };

export function refused(reason: Reason, detail: string): SourceFinding {
  return { found: 'refused', reason, detail };
}
