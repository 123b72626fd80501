import { z } from 'zod';
import type { LookupOptions } from '../node/deviceDirectory.ts';
import { parseGuid, type DeviceId } from '../node/deviceId.ts';
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
import { inputRefusal } from './inputRefusal.ts';
import { changeInput } from './inputs.ts';
import type { ChangeOperation, TenantAccess } from './operation.ts';
import { digestOf, operationIdOf, type OperationRecord } from './operationRecord.ts';
import { performChange } from './performChange.ts';
import { refuse, refuseUpstream, type Refusal } from './refusal.ts';
import {
  describeRequest,
  DRY_RUN_MESSAGES,
  stateAt,
  withoutSecrets,
  type ChangeResult,
} from './requestView.ts';

/** What a call to this operation takes: what every change is asked with, and its own options. */
export function inputOf(operation: ChangeOperation): z.ZodObject {
  return changeInput.extend(operation.options.shape);
}

/**
 * Asks for a change. One of class PROPOSE is made at once; one of class MUTATE waits for somebody else. The same principal with the same
 * request id asks for the same thing once.
 */
export async function requestChange(
  options: OperationsOptions,
  actor: Actor,
  operation: ChangeOperation,
  input: unknown,
  bound: LookupOptions,
): Promise<ChangeResult> {
  const parsed = changeInput.loose().safeParse(input);
  const whole = inputOf(operation).safeParse(input);
  const facts: Omit<Noted, 'outcome'> = parsed.success
    ? { requestId: parsed.data.request_id, reason: parsed.data.reason }
    : {};
  const end = async (result: ChangeResult, noted: Noted): Promise<ChangeResult> =>
    (await note(options, actor, operation, { ...facts, ...noted })) ?? result;
  const refused = (refusal: Refusal, more: Partial<Noted> = {}): Promise<ChangeResult> =>
    end(refusal, { outcome: 'refused', detail: refusal.failure?.reason ?? refusal.refusal, ...more });

  if (!parsed.success || !whole.success) {
    return refused(inputRefusal((parsed.success ? whole.error : parsed.error) ?? new z.ZodError([])));
  }
  const { tenant: tenantName, request_id: requestId, reason, dry_run: isDryRun } = parsed.data;
  const deviceId = parseGuid(parsed.data.device_id);
  if (deviceId === undefined) {
    return refused({
      ...refuse('invalidInput'),
      errors: [{ pointer: '/device_id', detail: 'must be a GUID, and not all zeros' }],
    });
  }
  const tenant = actor.tenants.has(tenantName) ? options.tenants.get(tenantName) : undefined;
  if (tenant === undefined) {
    return refused(refuse('notPermitted', 'The principal was not granted this tenant.'), { deviceId });
  }

  const own = ownOptions(operation, whole.data);
  const subject = { operation: operation.name, tenant: tenantName, deviceId, options: own };
  const digest = digestOf(subject);
  const id = operationIdOf(actor.principal, requestId);
  const about = {
    tenant: tenantName,
    deviceId,
    options: withoutSecrets(operation, own),
    operationId: id,
  };
  const repeated = (known: OperationRecord): Promise<ChangeResult> =>
    known.digest === digest &&
    known.operation === operation.name &&
    isSamePrincipal(known.principal, actor.principal)
      ? end(
          { ok: true, value: describeRequest(known, operation, options.now()) },
          { ...about, outcome: 'repeated', detail: stateAt(known, options.now()) },
        )
      : refused(refuse('requestIdReused'), about);

  const known = await orUnavailable(() => options.store.find(id));
  if (isRefusal(known)) return refused(known, about);
  if (known !== undefined) return repeated(known);

  const device = await findDevice(tenant, deviceId, bound);
  if (isRefusal(device)) return refused(device, about);
  const room = await findRoom(options, actor, operation, tenantName);
  if (room !== undefined) return refused(room, about);

  const at = options.now();
  const record: OperationRecord = {
    ...subject,
    id,
    requestId,
    principal: actor.principal,
    digest,
    reason,
    ...device,
    state: operation.class === 'MUTATE' ? 'pendingApproval' : 'executing',
    createdAt: at,
    expiresAt: at + options.limits.approvalMs,
    decidedBy: null,
    decidedAt: null,
    finishedAt: null,
    detail: null,
  };
  if (isDryRun) {
    const value = {
      ...describeRequest(record, operation, at),
      state: 'dryRun',
      message: DRY_RUN_MESSAGES[operation.class],
    } as const;
    return end({ ok: true, value }, { ...about, outcome: 'dryRun' });
  }
  // Recorded before it is kept: what nobody can find in the log never waits for approval.
  const unrecorded = await note(options, actor, operation, {
    ...facts,
    ...about,
    outcome: operation.class === 'MUTATE' ? 'requested' : 'attempted',
  });
  if (unrecorded !== undefined) return unrecorded;
  const added = await orUnavailable(() => options.store.add(record));
  if (isRefusal(added)) return refused(added, about);
  if (added === 'full') return refused(refuse('tooManyPending'), about);
  if (added !== 'added') return repeated(added);
  if (operation.class === 'MUTATE') {
    return { ok: true, value: describeRequest(record, operation, options.now()) };
  }
  return performChange(options, { actor, operation, record, tenant, bound, act: 'invoke' });
}

function ownOptions(
  operation: ChangeOperation,
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.keys(operation.options.shape)
      .filter((name) => values[name] !== undefined)
      .map((name) => [name, values[name]]),
  );
}

/** Asked anew: nobody approves what is done to a device that is not there any more. */
async function findDevice(
  { directory }: TenantAccess,
  id: DeviceId,
  bound: LookupOptions,
): Promise<Pick<OperationRecord, 'deviceName' | 'serialNumber'> | Refusal> {
  const found = await directory.findManagedDevice(id, {
    ...bound,
    maxAnswerAgeMs: 0,
    properties: ['deviceName'],
  });
  if (!found.ok) return refuseUpstream(found);
  if (found.value === undefined) return refuse('deviceNotFound');
  const { deviceName } = found.value.properties;
  return {
    deviceName: typeof deviceName === 'string' && deviceName !== '' ? deviceName.slice(0, 256) : null,
    serialNumber: found.value.serialNumber?.slice(0, 128) ?? null,
  };
}

/** What may wait, and what may be done in an hour. Nothing is taken yet. */
async function findRoom(
  { store, limits, now }: OperationsOptions,
  actor: Actor,
  operation: ChangeOperation,
  tenant: string,
): Promise<Refusal | undefined> {
  return orUnavailable(async () => {
    if (operation.class === 'MUTATE') {
      const waiting = (await store.list()).filter(
        (record) =>
          isSamePrincipal(record.principal, actor.principal) && stateAt(record, now()) === 'pendingApproval',
      );
      if (waiting.length >= limits.pendingPerPrincipal) return refuse('tooManyPending');
    }
    const waitMs = await store.take(
      bucketOf(operation, tenant),
      limits.changesPerHour[operation.class],
      HOUR_MS,
      true,
    );
    return waitMs > 0 ? { ...refuse('massLimit'), retryAfterMs: waitMs } : undefined;
  });
}
