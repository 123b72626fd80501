import type { Via } from './actor.ts';
import type { OperationClass } from './operationClass.ts';

/** What came of a call, or of a step of a request. `attempted` is written before Microsoft is asked to change something. */
export type InvocationOutcome =
  | 'done'
  | 'dryRun'
  | 'repeated'
  | 'requested'
  | 'approved'
  | 'denied'
  | 'withdrawn'
  | 'attempted'
  | 'failed'
  | 'unclear'
  | 'refused';

/** Somebody called an operation, or decided about a request. Holds no personal field and no secret, except what people write as a reason. */
export interface ConnectorInvoked {
  readonly type: 'CONNECTOR_INVOKED';
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly principal: string;
  readonly via: Via;
  readonly act: 'invoke' | 'approve' | 'deny';
  readonly operation: string;
  readonly operationClass: OperationClass;
  readonly tenant: string | null;
  /** Intune's id of the device that is changed. */
  readonly deviceId: string | null;
  /** Why, in the words of whoever asked. */
  readonly reason: string | null;
  /** Inputs that may be recorded. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly outcome: InvocationOutcome;
  /** A refusal, or why Microsoft did not answer. */
  readonly detail: string | null;
  readonly requestId: string | null;
  /** The request it is about, once there is one. */
  readonly operationId: string | null;
}

/** Port: where calls are recorded. If it rejects, nothing is changed. */
export interface OperationLog {
  record(event: ConnectorInvoked): void | Promise<void>;
}
