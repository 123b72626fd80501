import { hash } from 'node:crypto';
import { foldName } from './actor.ts';

/**
 * - `pendingApproval`: somebody else has to approve it
 * - `executing`: Microsoft is being asked
 * - `sent`: Microsoft took it up; the device tells what comes of it
 * - `failed`: it was not done
 * - `unclear`: Microsoft did not say whether it took it up; it is never tried again by itself
 * - `denied`, `withdrawn`, `expired`: it will not be done
 */
export const OPERATION_STATES = [
  'pendingApproval',
  'executing',
  'sent',
  'failed',
  'unclear',
  'denied',
  'withdrawn',
  'expired',
] as const;

export type OperationState = (typeof OPERATION_STATES)[number];

/** One request to change something, from its beginning to its end. Plain data: it may be kept elsewhere. */
export interface OperationRecord {
  /** Follows from the principal and the request id, so that one request exists once. */
  readonly id: string;
  readonly requestId: string;
  readonly principal: string;
  readonly operation: string;
  readonly tenant: string;
  readonly deviceId: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Of operation, tenant, device and options. */
  readonly digest: string;
  readonly reason: string;
  /** What the device was called when it was asked for; the device says so itself. */
  readonly deviceName: string | null;
  readonly serialNumber: string | null;
  readonly state: OperationState;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Until when it can be approved. */
  readonly expiresAt: number;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly finishedAt: number | null;
  /** Why it failed or is unclear. */
  readonly detail: string | null;
}

/** What a request is about, and what an approval is bound to. */
export type OperationSubject = Pick<OperationRecord, 'operation' | 'tenant' | 'deviceId' | 'options'>;

/** The id of the request that this principal means by this request id. */
export function operationIdOf(principal: string, requestId: string): string {
  const digest = hash(
    'sha256',
    JSON.stringify(['intune-gate operation', foldName(principal), requestId]),
    'hex',
  );
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}

/** The same for the same operation on the same device with the same options, in whatever order they stand. */
export function digestOf({ operation, tenant, deviceId, options }: OperationSubject): string {
  const sorted = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return hash('sha256', JSON.stringify([operation, tenant, deviceId, sorted]), 'hex');
}
