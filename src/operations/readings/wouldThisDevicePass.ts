import { z } from 'zod';
import { parseGuid } from '../../node/deviceId.ts';
import type { TracedDecision } from '../../node/decision.ts';
import { OUTCOMES } from '../../outcomes/outcome.ts';
import { REASON_NAMES, REASONS } from '../../outcomes/reason.ts';
import { deviceId, nodeName, tenant } from '../inputs.ts';
import { defineReading } from '../operation.ts';
import { refuse } from '../refusal.ts';
import { badId } from './pages.ts';

const decided = {
  node: z.string(),
  device_id: z.string(),
  passes: z.boolean().describe('Only the outcome Compliant passes.'),
  outcome: z.enum(OUTCOMES),
  reason: z.enum(REASON_NAMES as [string, ...string[]]),
  message: z.string(),
  decision_id: z.string(),
  evaluated_at: z.string(),
  answer: z.strictObject({
    source: z.enum(['graph', 'cache', 'staleCache']).nullable(),
    age_seconds: z.int().nullable(),
    last_sync_at: z.string().nullable(),
  }),
};

const input = z.strictObject({ tenant, device_id: deviceId, node: nodeName });

export const wouldThisDevicePass = defineReading({
  name: 'would_this_device_pass',
  class: 'READ',
  summary: 'What a decision node would say about this device now',
  detail:
    'As if the device had proved itself: who it really is that asks is for the login to find out. The principal must be allowed to ask the node.',
  route: { method: 'POST', path: '/devices/{device_id}/decision' },
  command: { words: ['devices', 'decide'], operands: ['device_id'] },
  input,
  output: z.strictObject(decided),
  recorded: ['device_id', 'node'],
  async run(asked, context) {
    const id = parseGuid(asked.device_id);
    if (id === undefined) return badId('/device_id');
    const traced = await context.advise(asked.node, id);
    if (traced === undefined)
      return refuse('notPermitted', 'There is no such node for this principal and tenant.');
    return { ok: true, value: describeDecision(traced, id) };
  },
});

export const explainDecision = defineReading({
  name: 'explain_decision',
  class: 'READ',
  summary: 'Why a decision node says what it says about this device, step by step, and who can change that',
  detail: 'Decides once more, now, and tells every step. Earlier decisions are in the audit log.',
  route: { method: 'POST', path: '/devices/{device_id}/explanation' },
  command: { words: ['devices', 'explain'], operands: ['device_id'] },
  input,
  output: z.strictObject({
    ...decided,
    steps: z.array(z.strictObject({ step: z.string(), finding: z.string(), at_ms: z.number() })),
    meaning: z.string(),
    remedy: z.string().describe('What to do about it.'),
    fixer: z.string().describe('Who can: nobody, user, administrator, operator or microsoft.'),
  }),
  recorded: ['device_id', 'node'],
  async run(asked, context) {
    const id = parseGuid(asked.device_id);
    if (id === undefined) return badId('/device_id');
    const traced = await context.advise(asked.node, id);
    if (traced === undefined)
      return refuse('notPermitted', 'There is no such node for this principal and tenant.');
    const { meaning, remedy, fixer } = REASONS[traced.decision.reason];
    return {
      ok: true,
      value: {
        ...describeDecision(traced, id),
        steps: traced.trace.map(({ step, finding, atMs }) => ({ step, finding, at_ms: atMs })),
        meaning,
        remedy,
        fixer,
      },
    };
  },
});

function describeDecision({ decision }: TracedDecision, id: string) {
  const { outcome, reason, message, decisionId, evaluatedAt, evidence, node } = decision;
  return {
    node,
    device_id: id,
    passes: outcome === 'Compliant',
    outcome,
    reason,
    message,
    decision_id: decisionId,
    evaluated_at: evaluatedAt,
    answer: {
      source: evidence.source,
      age_seconds: evidence.ageSeconds,
      last_sync_at: evidence.lastSyncDateTime,
    },
  };
}
