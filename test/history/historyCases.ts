import type { HistoryEntry } from '../../src/history/run.ts';

export const DEVICE = '5b0d9c39-7e1a-4a3e-9f0b-6f2d3c1a0001';
export const ENTRA = '5b0d9c39-7e1a-4a3e-9f0b-6f2d3c1a0e01';
export const BEGIN = Date.UTC(2026, 10, 17, 8);

let count = 0;

/** A decision `minutes` after the beginning. */
export function entry(minutes: number, changes: Partial<HistoryEntry> = {}): HistoryEntry {
  count += 1;
  return {
    at: BEGIN + minutes * 60_000,
    decisionId: `decision-${count}`,
    deviceId: DEVICE,
    intuneId: DEVICE,
    entraId: ENTRA,
    tenant: 'default',
    node: 'default',
    outcome: 'Compliant',
    reason: 'compliant',
    user: undefined,
    ...changes,
  };
}

export const BAD = { outcome: 'NotCompliant', reason: 'noncompliant' } as const;
export const OUTAGE = { outcome: 'Error', reason: 'upstreamUnavailable' } as const;
