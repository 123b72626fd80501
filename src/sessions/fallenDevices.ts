import { REASONS } from '../outcomes/reason.ts';
import type { SessionRecords } from './sessionRecords.ts';

/** What a decision says about a device, as far as sessions care. */
export interface SaidOfDevice {
  readonly reason: keyof typeof REASONS;
  readonly deviceId: string | null;
  readonly managedDeviceId: string | null;
  readonly azureADDeviceId: string | null;
  /** ISO 8601, UTC. */
  readonly evaluatedAt: string;
  readonly evidence: { readonly ageSeconds: number | null };
}

/**
 * Notes whatever is said of a device that is not the best, so that sessions in which better was said of it end. It does not wait: who
 * asks about a session right now has a decision of its own.
 */
export function noteFall(
  records: Pick<SessionRecords, 'noteDevice'>,
  { reason, deviceId, managedDeviceId, azureADDeviceId, evaluatedAt, evidence }: SaidOfDevice,
): void {
  if (REASONS[reason].about !== 'device' || reason === 'compliant') return;
  const at = Date.parse(evaluatedAt) - (evidence.ageSeconds ?? 0) * 1_000;
  // A session may know its device by either id.
  for (const id of new Set([deviceId, managedDeviceId, azureADDeviceId])) {
    if (id !== null) void records.noteDevice(id, reason, at);
  }
}
