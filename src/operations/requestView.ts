import { z } from 'zod';
import { findOperation } from './catalogue.ts';
import { jsonSchemaOf, replaceMarked, SECRET, UNTRUSTED } from './marks.ts';
import type { ChangeOperation } from './operation.ts';
import { OPERATION_CLASSES } from './operationClass.ts';
import type { Refusal } from './refusal.ts';
import { OPERATION_STATES, type OperationRecord, type OperationState } from './operationRecord.ts';

/** A request to change something, as it is shown. */
export const requestSchema = z
  .strictObject({
    id: z.string(),
    state: z.enum([...OPERATION_STATES, 'dryRun']),
    message: z.string().describe('What that means, and what to do next.'),
    operation: z.string(),
    class: z.enum(OPERATION_CLASSES),
    tenant: z.string(),
    device_id: z.string(),
    device_name: z
      .string()
      .nullable()
      .meta({ [UNTRUSTED]: true }),
    serial_number: z
      .string()
      .nullable()
      .meta({ [UNTRUSTED]: true }),
    options: z.record(z.string(), z.unknown()),
    reason: z.string().meta({ [UNTRUSTED]: true }),
    requested_by: z.string(),
    request_id: z.string(),
    digest: z.string().describe('Of operation, tenant, device and options: what an approval is bound to.'),
    created_at: z.string(),
    approve_before: z.string().nullable(),
    decided_by: z.string().nullable(),
    decided_at: z.string().nullable(),
    finished_at: z.string().nullable(),
    detail: z.string().nullable().describe('Why it failed or is unclear.'),
    progress: z
      .strictObject({
        state: z.string(),
        started_at: z.string().nullable(),
        updated_at: z.string().nullable(),
      })
      .nullable()
      .describe('What the device reported, once it did; told only where one request is asked for.'),
  })
  .describe('A request to change a device.');

export type RequestView = z.output<typeof requestSchema>;

export type ChangeResult = { readonly ok: true; readonly value: RequestView } | Refusal;

const MESSAGES: Readonly<Record<OperationState, string>> = {
  pendingApproval:
    'Nothing was changed. Another principal with the grant APPROVE has to approve this request before its time is over.',
  executing: 'Microsoft is being asked.',
  sent: 'Microsoft took it up. The device tells what comes of it when it next checks in.',
  failed: 'It was not done. Ask again with another request id once the cause is gone.',
  unclear:
    'Microsoft did not say whether it took it up. Look at the actions of the device before you ask again with another request id.',
  denied: 'Somebody denied it. Nothing was changed.',
  withdrawn: 'Whoever asked took it back. Nothing was changed.',
  expired: 'Nobody approved it in time. Nothing was changed.',
};

export const DRY_RUN_MESSAGES = {
  PROPOSE: 'A dry run: nothing was changed. Without it, Microsoft would be asked at once.',
  MUTATE:
    'A dry run: nothing was changed. Without it, a request for approval by somebody else would be opened.',
} as const;

/** The state as it is now: time ends what nobody decided. */
export function stateAt({ state, createdAt, expiresAt }: OperationRecord, now: number): OperationState {
  // A clock that was set back makes nothing live longer.
  return state === 'pendingApproval' && (now >= expiresAt || now < createdAt - CLOCK_SKEW_MS)
    ? 'expired'
    : state;
}

const CLOCK_SKEW_MS = 60_000;

export function describeRequest(
  record: OperationRecord,
  operation: ChangeOperation,
  now: number,
  progress: RequestView['progress'] = null,
): RequestView {
  const state = stateAt(record, now);
  return {
    id: record.id,
    state,
    message: MESSAGES[state],
    operation: record.operation,
    class: operation.class,
    tenant: record.tenant,
    device_id: record.deviceId,
    device_name: record.deviceName,
    serial_number: record.serialNumber,
    options: withoutSecrets(operation, record.options),
    reason: record.reason,
    requested_by: record.principal,
    request_id: record.requestId,
    digest: record.digest,
    created_at: iso(record.createdAt),
    approve_before: operation.class === 'MUTATE' ? iso(record.expiresAt) : null,
    decided_by: record.decidedBy,
    decided_at: record.decidedAt === null ? null : iso(record.decidedAt),
    finished_at: record.finishedAt === null ? null : iso(record.finishedAt),
    detail: record.detail,
    progress,
  };
}

/** Options as they may be shown and recorded. */
export function withoutSecrets(
  operation: ChangeOperation,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return replaceMarked(jsonSchemaOf(operation.options), options, SECRET, () => '[set]') as Readonly<
    Record<string, unknown>
  >;
}

export function findChange(name: string): ChangeOperation | undefined {
  const operation = findOperation(name);
  return operation === undefined || operation.class === 'READ' ? undefined : operation;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
