import { bench, describe } from 'vitest';
import { chainLine, CHAIN_ROOT } from '../../src/audit/chain/chainLine.ts';
import { createChainHash } from '../../src/audit/chain/chainHash.ts';
import { eventsOfDecision } from '../../src/audit/decisionEvents.ts';
import { toCloudEvent } from '../../src/events/cloudEvent.ts';
import { historyEntryOf } from '../../src/history/historyEntry.ts';
import { createLocalHistory } from '../../src/history/localHistory.ts';
import type { Decision } from '../../src/node/decision.ts';
import { DEVICE_ID, NOW } from '../../test/support/fakeDirectory.ts';

const decision: Decision = {
  outcome: 'Compliant',
  outcomeId: 'COMPLIANT',
  reason: 'compliant',
  message: '',
  decisionId: '0d6b8f0e-5c7e-4f8e-9c39-2b6cf2f8a001',
  node: 'default',
  evaluatedAt: new Date(NOW).toISOString(),
  deviceId: DEVICE_ID,
  deviceIdSource: 'header',
  deviceIdKind: 'intune',
  managedDeviceId: DEVICE_ID,
  azureADDeviceId: DEVICE_ID,
  evidence: { source: 'cache', ageSeconds: 12, lastSyncDateTime: new Date(NOW).toISOString() },
  retryAfterSeconds: null,
  warnings: [],
  sharedState: {},
};
const surroundings = {
  who: { kind: 'caller', name: 'journeys' },
  tenant: 'default',
  user: undefined,
  isAbandoned: false,
} as const;
const frame = { source: 'urn:intune-gate', id: decision.decisionId, at: NOW, nameUser: () => undefined };

describe('take a decision down', () => {
  const [event] = eventsOfDecision(decision, surroundings);
  const json = event === undefined ? '{}' : JSON.stringify(toCloudEvent(event, frame));
  const plain = createChainHash();
  const keyed = createChainHash('a key of the log that is long enough for it');
  const history = createLocalHistory({ devices: 1_000, runs: 50, keepMs: 1e9, now: () => NOW });

  bench('make the event', () => {
    for (const one of eventsOfDecision(decision, surroundings)) toCloudEvent(one, frame);
  });
  bench('write it as JSON', () => {
    if (event !== undefined) JSON.stringify(toCloudEvent(event, frame));
  });
  bench('chain it', () => {
    chainLine(json, CHAIN_ROOT, plain);
  });
  bench('chain it with a key', () => {
    chainLine(json, CHAIN_ROOT, keyed);
  });
  bench('its place in the history', () => {
    const entry = historyEntryOf(decision, 'default', undefined);
    if (entry !== undefined) history.add(entry);
  });
});
