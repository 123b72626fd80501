import type { LookupOptions } from '../node/deviceDirectory.ts';
import { isSamePrincipal, type Actor } from './actor.ts';
import {
  bucketOf,
  HOUR_MS,
  isRefusal,
  note,
  orUnavailable,
  type Noted,
  type OperationsOptions,
} from './engine.ts';
import type { ChangeOperation } from './operation.ts';
import { digestOf, type OperationRecord } from './operationRecord.ts';
import { performChange } from './performChange.ts';
import { refuse, type Refusal } from './refusal.ts';
import { describeRequest, findChange, stateAt, withoutSecrets, type ChangeResult } from './requestView.ts';

export interface Decision {
  readonly verdict: 'approve' | 'deny';
  /** What was looked at: an approval is good for nothing else. */
  readonly digest: string | undefined;
  readonly dryRun: boolean;
}

/** A request the actor may see: an own one, or one it may approve. */
export async function findVisible(
  { store }: OperationsOptions,
  actor: Actor,
  id: string,
): Promise<{ readonly record: OperationRecord; readonly operation: ChangeOperation } | Refusal> {
  const record = await orUnavailable(() => store.find(id));
  if (isRefusal(record)) return record;
  const operation = record === undefined ? undefined : findChange(record.operation);
  if (record === undefined || operation === undefined || !maySee(actor, record))
    return refuse('approvalNotFound');
  return { record, operation };
}

export function maySee(actor: Actor, { principal, tenant }: OperationRecord): boolean {
  return (
    isSamePrincipal(principal, actor.principal) || (actor.grants.has('APPROVE') && actor.tenants.has(tenant))
  );
}

/**
 * Approves a request, whereupon it is carried out once, or ends it without. Nobody approves an own request; to deny an own one is to
 * withdraw it.
 */
export async function decideRequest(
  options: OperationsOptions,
  actor: Actor,
  id: string,
  decision: Decision,
  bound: LookupOptions,
): Promise<ChangeResult> {
  const found = await findVisible(options, actor, id);
  // In the answer, what nobody knows cannot be told from what this principal must not know; the log knows who tried.
  if (isRefusal(found)) {
    const noted = { act: decision.verdict, outcome: 'refused', detail: found.refusal } as const;
    return (await note(options, actor, { name: 'unknown', class: 'MUTATE' }, noted)) ?? found;
  }
  const { record, operation } = found;
  const { store, now } = options;
  const about = {
    act: decision.verdict,
    tenant: record.tenant,
    deviceId: record.deviceId,
    reason: record.reason,
    options: withoutSecrets(operation, record.options),
    requestId: record.requestId,
    operationId: record.id,
  } as const;
  const end = async (result: ChangeResult, noted: Noted): Promise<ChangeResult> =>
    (await note(options, actor, operation, { ...about, ...noted })) ?? result;
  const refused = (refusal: Refusal): Promise<ChangeResult> =>
    end(refusal, { outcome: 'refused', detail: refusal.refusal });

  const isOwn = isSamePrincipal(record.principal, actor.principal);
  const objection =
    operation.class !== 'MUTATE'
      ? refuse('approvalClosed')
      : decision.verdict === 'approve'
        ? findObjection(options, actor, record, decision)
        : isOwn || mayApprove(actor, record)
          ? undefined
          : refuse('notPermitted');
  const closed = objection ?? findEnd(record, now());
  if (closed !== undefined) return refused(closed);

  if (decision.verdict === 'deny') {
    if (decision.dryRun) return end(dryRun(record, operation, now()), { outcome: 'dryRun' });
    const outcome = isOwn ? 'withdrawn' : 'denied';
    const ended = { ...record, state: outcome, decidedBy: actor.principal, decidedAt: now() } as const;
    const unrecorded = await note(options, actor, operation, { ...about, outcome });
    if (unrecorded !== undefined) return unrecorded;
    const replaced = await orUnavailable(() => store.replace(record, ended));
    if (isRefusal(replaced)) return refused(replaced);
    return replaced
      ? { ok: true, value: describeRequest(ended, operation, now()) }
      : refused(refuse('approvalClosed'));
  }

  const tenant = options.tenants.get(record.tenant);
  if (tenant === undefined) return refused(refuse('notPermitted', 'There is no such tenant any more.'));
  const waitMs = await orUnavailable(() =>
    store.take(bucketOf(operation, record.tenant), options.limits.changesPerHour.MUTATE, HOUR_MS, true),
  );
  if (isRefusal(waitMs)) return refused(waitMs);
  if (waitMs > 0) return refused({ ...refuse('massLimit'), retryAfterMs: waitMs });
  if (decision.dryRun) return end(dryRun(record, operation, now()), { outcome: 'dryRun' });

  const unrecorded = await note(options, actor, operation, { ...about, outcome: 'approved' });
  if (unrecorded !== undefined) return unrecorded;
  const executing: OperationRecord = {
    ...record,
    state: 'executing',
    decidedBy: actor.principal,
    decidedAt: now(),
  };
  // Of all who approve at once, one gets it; the request is used up with it.
  const replaced = await orUnavailable(() => store.replace(record, executing));
  if (isRefusal(replaced)) return refused(replaced);
  if (!replaced) return refused(refuse('approvalClosed'));
  return performChange(options, { actor, operation, record: executing, tenant, bound, act: 'approve' });
}

function mayApprove(actor: Actor, { tenant }: OperationRecord): boolean {
  return actor.grants.has('APPROVE') && actor.tenants.has(tenant);
}

/** Everything that keeps this actor from approving this request, in the order in which it is told. */
function findObjection(
  { rightsOf }: OperationsOptions,
  actor: Actor,
  record: OperationRecord,
  { digest }: Decision,
): Refusal | undefined {
  if (isSamePrincipal(record.principal, actor.principal)) return refuse('ownRequest');
  if (!mayApprove(actor, record)) return refuse('notPermitted');
  // The record is compared with itself as well: whoever can write where it is kept has no say in what is approved.
  if (digest !== record.digest || digestOf(record) !== record.digest) return refuse('notAsSeen');
  const rights = rightsOf(record.principal);
  return rights?.grants.has('MUTATE') === true && rights.tenants.has(record.tenant)
    ? undefined
    : refuse('requesterMayNot');
}

function findEnd(record: OperationRecord, now: number): Refusal | undefined {
  const state = stateAt(record, now);
  if (state === 'pendingApproval') return undefined;
  return refuse(state === 'expired' ? 'approvalExpired' : 'approvalClosed');
}

function dryRun(record: OperationRecord, operation: ChangeOperation, now: number): ChangeResult {
  const message = 'A dry run: nothing was decided. Without it, this would have been.';
  return { ok: true, value: { ...describeRequest(record, operation, now), state: 'dryRun', message } };
}
