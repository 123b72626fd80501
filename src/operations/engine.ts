import type { Actor, Rights } from './actor.ts';
import type { Advise, Operation, TenantAccess } from './operation.ts';
import type { ConnectorInvoked, OperationLog } from './operationLog.ts';
import type { OperationStore } from './operationStore.ts';
import type { PageCursors } from './pageCursor.ts';
import { refuse, type Refusal } from './refusal.ts';

export interface OperationLimits {
  /** How long a request waits for approval, milliseconds. */
  readonly approvalMs: number;
  /** Changes of a tenant in any hour, by class. */
  readonly changesPerHour: { readonly PROPOSE: number; readonly MUTATE: number };
  /** Requests of one principal that wait for approval at once. */
  readonly pendingPerPrincipal: number;
}

export interface OperationsOptions {
  readonly tenants: ReadonlyMap<string, TenantAccess>;
  /** What a principal may do now; undefined for one that is not known any more. */
  readonly rightsOf: (principal: string) => Rights | undefined;
  readonly advise: Advise;
  readonly store: OperationStore;
  readonly log: OperationLog;
  readonly cursors: PageCursors;
  readonly limits: OperationLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What one step of a call is recorded with; the rest follows from who called what. */
export type Noted = Pick<ConnectorInvoked, 'outcome'> &
  Partial<
    Pick<
      ConnectorInvoked,
      'act' | 'tenant' | 'deviceId' | 'reason' | 'options' | 'detail' | 'requestId' | 'operationId'
    >
  >;

/** Records a step. A refusal if that is not possible, and then the step must not be taken. */
export async function note(
  { log, now }: OperationsOptions,
  actor: Actor,
  operation: Pick<Operation, 'name' | 'class'>,
  noted: Noted,
): Promise<Refusal | undefined> {
  try {
    await log.record({
      type: 'CONNECTOR_INVOKED',
      at: now(),
      principal: actor.principal,
      via: actor.via,
      act: 'invoke',
      operation: operation.name,
      operationClass: operation.class,
      tenant: null,
      deviceId: null,
      reason: null,
      options: {},
      detail: null,
      requestId: null,
      operationId: null,
      ...noted,
    });
    return undefined;
  } catch {
    return refuse('notRecorded');
  }
}

/** Whatever goes wrong with the store is one refusal: nothing is changed that could not be remembered. */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await work();
  } catch {
    return refuse('stateUnavailable');
  }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'ok' in value && 'refusal' in value;
}

export const HOUR_MS = 3_600_000;

/** What is counted together. */
export function bucketOf(operation: Pick<Operation, 'class'>, tenant: string): string {
  return JSON.stringify([operation.class, tenant]);
}
