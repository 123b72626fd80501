import type { UpstreamReason } from '../outcomes/reason.ts';
import type { CircuitState } from './circuitBreaker.ts';

/** What was asked of Graph. A closed list, fit for a metric label. */
export type GraphEndpoint =
  | 'managedDevice'
  | 'managedDevices'
  | 'deviceAction'
  | 'deviceBatch'
  | 'entraDevice'
  | 'detectedApps'
  | 'policyStates'
  | 'tenantSettings'
  | 'groups'
  | 'groupMembers'
  | 'memberships';

/** What stands behind Graph. Each has limits and outages of its own. A closed list, fit for a metric label. */
export type GraphService = 'intune' | 'entra';

/** Why a token was fetched: there was none, the old one nears its end, Graph rejected it, or new permissions may be in the next. */
export type TokenTrigger = 'missing' | 'ageing' | 'rejected' | 'permissions';

/** Something worth counting or logging. Carries no id, no URL, no secret. Durations are milliseconds. */
export type GraphEvent =
  | {
      readonly type: 'tokenRefreshed';
      readonly trigger: TokenTrigger;
      readonly durationMs: number;
      readonly lifetimeMs: number;
    }
  | {
      readonly type: 'tokenFailed';
      readonly trigger: TokenTrigger;
      readonly durationMs: number;
      readonly reason: UpstreamReason;
      readonly detail: string;
      readonly retryAfterMs?: number;
    }
  | {
      readonly type: 'requestAttempt';
      readonly endpoint: GraphEndpoint;
      /** 1 for the first try. */
      readonly attempt: number;
      /** Undefined if no answer came. */
      readonly status: number | undefined;
      /** What went wrong on the way, if no whole answer came. */
      readonly fault?: string;
      readonly durationMs: number;
    }
  /** Microsoft asked to be left alone, and everybody holds off. */
  | {
      readonly type: 'heldOff';
      readonly service: GraphService;
      readonly reason: UpstreamReason;
      readonly forMs: number;
      /** Microsoft named the time; otherwise it is the gate's own choice. */
      readonly named: boolean;
    }
  | {
      readonly type: 'circuitChanged';
      readonly service: GraphService;
      readonly state: CircuitState;
      /** The last failure there was. */
      readonly reason: UpstreamReason;
      /** For `open`: until the next question is let through. */
      readonly forMs: number;
    };

export type OnGraphEvent = (event: GraphEvent) => void;

/** An observer that throws must not change a decision. */
export function guardedObserver(onEvent: OnGraphEvent | undefined): OnGraphEvent {
  return (event) => {
    try {
      onEvent?.(event);
    } catch {
      // Whoever observes has its own logs.
    }
  };
}
