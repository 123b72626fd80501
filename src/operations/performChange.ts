import type { LookupOptions } from '../node/deviceDirectory.ts';
import { parseGuid } from '../node/deviceId.ts';
import type { UpstreamReason } from '../outcomes/reason.ts';
import type { Actor } from './actor.ts';
import { bucketOf, HOUR_MS, isRefusal, note, orUnavailable, type OperationsOptions } from './engine.ts';
import type { ChangeOperation, TenantAccess } from './operation.ts';
import type { ConnectorInvoked } from './operationLog.ts';
import type { OperationRecord } from './operationRecord.ts';
import { refuse, refuseUpstream } from './refusal.ts';
import { describeRequest, withoutSecrets, type ChangeResult } from './requestView.ts';

export interface ChangeToPerform {
  /** Who brought it about: who asked for it, or who approved it. */
  readonly actor: Actor;
  readonly operation: ChangeOperation;
  /** In the state `executing`, which only one call ever brings it into. */
  readonly record: OperationRecord;
  readonly tenant: TenantAccess;
  readonly bound: LookupOptions;
  readonly act: ConnectorInvoked['act'];
}

/** Microsoft may have done it all the same. */
const UNCLEAR: ReadonlySet<UpstreamReason | 'overloaded'> = new Set([
  'timeout',
  'upstreamUnreachable',
  'upstreamUnavailable',
  'malformedAnswer',
]);

/** Has Microsoft make a change, once, and keeps what came of it. */
export async function performChange(
  options: OperationsOptions,
  { actor, operation, record, tenant, bound, act }: ChangeToPerform,
): Promise<ChangeResult> {
  const { store, limits, now } = options;
  const about = {
    act,
    tenant: record.tenant,
    deviceId: record.deviceId,
    reason: record.reason,
    options: withoutSecrets(operation, record.options),
    requestId: record.requestId,
    operationId: record.id,
  } as const;

  const finish = async (state: OperationRecord['state'], detail: string | null): Promise<OperationRecord> => {
    const finished: OperationRecord = { ...record, state, detail, finishedAt: now() };
    // If it cannot be kept, it stays `executing`, and is never tried again.
    await orUnavailable(() => store.replace(record, finished));
    return finished;
  };

  const waitMs = await orUnavailable(() =>
    store.take(bucketOf(operation, record.tenant), limits.changesPerHour[operation.class], HOUR_MS),
  );
  if (isRefusal(waitMs) || waitMs > 0) {
    const refusal = isRefusal(waitMs) ? waitMs : { ...refuse('massLimit'), retryAfterMs: waitMs };
    await finish('failed', refusal.detail);
    await note(options, actor, operation, { ...about, outcome: 'refused', detail: refusal.refusal });
    return refusal;
  }

  const id = parseGuid(record.deviceId);
  const answer =
    id === undefined ? undefined : await tenant.devices.act(id, operation.actionOf(record.options), bound);
  if (id !== undefined) tenant.forget(id);
  if (answer === undefined || (answer.ok && !answer.value)) {
    await finish('failed', 'Intune knows no such device.');
    await note(options, actor, operation, { ...about, outcome: 'failed', detail: 'deviceNotFound' });
    return refuse('deviceNotFound');
  }
  if (!answer.ok) {
    const state = UNCLEAR.has(answer.reason) ? 'unclear' : 'failed';
    const finished = await finish(state, answer.detail);
    await note(options, actor, operation, { ...about, outcome: state, detail: answer.reason });
    return state === 'unclear'
      ? { ok: true, value: describeRequest(finished, operation, now()) }
      : refuseUpstream(answer);
  }
  const finished = await finish('sent', null);
  await note(options, actor, operation, { ...about, outcome: 'done' });
  return { ok: true, value: describeRequest(finished, operation, now()) };
}
