import { z } from 'zod';
import { parseGuid } from '../../node/deviceId.ts';
import { judgeDevice } from '../../node/judgeDevice.ts';
import { OUTCOMES } from '../../outcomes/outcome.ts';
import { REASON_NAMES, REASONS } from '../../outcomes/reason.ts';
import { deviceId, tenant } from '../inputs.ts';
import { defineReading } from '../operation.ts';
import { refuse, refuseUpstream } from '../refusal.ts';
import { answerSchema, badId, describeAnswer } from './pages.ts';

export const getDeviceCompliance = defineReading({
  name: 'get_device_compliance',
  class: 'READ',
  summary: 'Is this device compliant, since when is that known, and if not, why not?',
  detail:
    "The state Intune last worked out, judged without the rules of any node (see would_this_device_pass), from the gate's own memory.",
  route: { method: 'GET', path: '/devices/{device_id}/compliance' },
  command: { words: ['devices', 'compliance'], operands: ['device_id'] },
  input: z.strictObject({ tenant, device_id: deviceId }),
  output: z.strictObject({
    device_id: z.string(),
    compliance_state: z.string(),
    outcome: z.enum(OUTCOMES),
    reason: z.enum(REASON_NAMES as [string, ...string[]]),
    message: z.string(),
    remedy: z.string(),
    last_sync_at: z.string().nullable(),
    grace_period_expires_at: z.string().nullable(),
    answer: answerSchema,
  }),
  recorded: ['device_id'],
  async run({ device_id: text }, { tenant: { directory }, bound, now }) {
    const id = parseGuid(text);
    if (id === undefined) return badId('/device_id');
    const found = await directory.findManagedDevice(id, { ...bound, properties: 'none' });
    if (!found.ok) return refuseUpstream(found);
    const device = found.value;
    if (device === undefined) return refuse('deviceNotFound');
    const reason = judgeDevice({
      device,
      loginUser: undefined,
      entraDevice: 'notAsked',
      largestCheckInAgeMs: undefined,
      now: now(),
    });
    const { outcome, meaning, remedy } = REASONS[reason];
    return {
      ok: true,
      value: {
        device_id: id,
        compliance_state: device.complianceState,
        outcome,
        reason,
        message: meaning,
        remedy,
        last_sync_at: isoOf(device.lastSync),
        grace_period_expires_at:
          device.complianceState === 'inGracePeriod' ? isoOf(device.graceDeadline) : null,
        answer: describeAnswer(found, now()),
      },
    };
  },
});

function isoOf(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
