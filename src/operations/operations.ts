import type { LookupOptions } from '../node/deviceDirectory.ts';
import { parseGuid } from '../node/deviceId.ts';
import { parseActionResults } from './actionResults.ts';
import type { Actor } from './actor.ts';
import { decideRequest, findVisible, maySee, type Decision } from './decideRequest.ts';
import { isRefusal, note, orUnavailable, type OperationsOptions } from './engine.ts';
import { invokeReading } from './invokeReading.ts';
import type { Operation, Reading } from './operation.ts';
import { refuse, type Refusal } from './refusal.ts';
import { requestChange } from './requestChange.ts';
import { describeRequest, findChange, type ChangeResult, type RequestView } from './requestView.ts';

/** Everything that can be done with devices and groups, under the rights of whoever calls. No method throws for an expected failure. */
export interface Operations {
  /** Calls one operation of the catalogue. */
  invoke(
    actor: Actor,
    operation: Operation,
    input: unknown,
    bound: LookupOptions,
  ): Promise<Reading | ChangeResult>;
  /** Requests the actor asked for, and those it may approve; newest first. */
  listRequests(actor: Actor, only?: 'pending'): Promise<readonly RequestView[] | Refusal>;
  /** One of them, with what the device reported since. */
  findRequest(actor: Actor, id: string, bound: LookupOptions): Promise<ChangeResult>;
  decide(actor: Actor, id: string, decision: Decision, bound: LookupOptions): Promise<ChangeResult>;
}

export function createOperations(options: OperationsOptions): Operations {
  const { store, now } = options;
  return {
    async invoke(actor, operation, input, bound) {
      if (!actor.grants.has(operation.class)) {
        const refusal = refuse('notPermitted', `The principal was not granted ${operation.class}.`);
        return (
          (await note(options, actor, operation, { outcome: 'refused', detail: 'notPermitted' })) ?? refusal
        );
      }
      return operation.class === 'READ'
        ? invokeReading(options, actor, operation, input, bound)
        : requestChange(options, actor, operation, input, bound);
    },
    async listRequests(actor, only) {
      const records = await orUnavailable(() => store.list());
      if (isRefusal(records)) return records;
      return records
        .filter((record) => maySee(actor, record))
        .sort((left, right) => right.createdAt - left.createdAt)
        .flatMap((record) => {
          const operation = findChange(record.operation);
          return operation === undefined ? [] : [describeRequest(record, operation, now())];
        })
        .filter(({ state }) => only === undefined || state === 'pendingApproval');
    },
    async findRequest(actor, id, bound) {
      const found = await findVisible(options, actor, id);
      if (isRefusal(found)) return found;
      const { record, operation } = found;
      const progress =
        record.state === 'sent' || record.state === 'unclear'
          ? await findProgress(options, found, bound)
          : null;
      return { ok: true, value: describeRequest(record, operation, now(), progress) };
    },
    decide: (actor, id, decision, bound) => decideRequest(options, actor, id, decision, bound),
  };
}

/** What the device reported of an action since it was asked for; null as long as it did not. */
async function findProgress(
  { tenants }: OperationsOptions,
  { record, operation }: Exclude<Awaited<ReturnType<typeof findVisible>>, Refusal>,
  bound: LookupOptions,
): Promise<RequestView['progress']> {
  const id = parseGuid(record.deviceId);
  const tenant = tenants.get(record.tenant);
  if (id === undefined || tenant === undefined || operation.reportedAs.length === 0) return null;
  const found = await tenant.directory.findManagedDevice(id, {
    ...bound,
    maxAnswerAgeMs: 0,
    properties: ['deviceActionResults'],
  });
  if (!found.ok || found.value === undefined) return null;
  const since = (record.decidedAt ?? record.createdAt) - REPORT_SKEW_MS;
  const result = parseActionResults(found.value.properties['deviceActionResults']).find(
    ({ action, startedAt }) =>
      operation.reportedAs.includes(action) && startedAt !== null && Date.parse(startedAt) >= since,
  );
  return result === undefined
    ? null
    : { state: result.state, started_at: result.startedAt, updated_at: result.updatedAt };
}

/** Microsoft's clock and ours, and dates without fractions. */
const REPORT_SKEW_MS = 60_000;
