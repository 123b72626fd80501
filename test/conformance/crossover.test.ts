import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDemo, type RunningDemo } from '../support/startDemo.ts';
import { createTargetClient, type TargetClient } from './targetClient.ts';

const DEVICES = 1_000;
/** Each state in turn, so that neighbours never have the same answer. */
const STATES = [
  ['compliant', 'Compliant'],
  ['noncompliant', 'NotCompliant'],
  ['inGracePeriod', 'InGracePeriod'],
  ['configManager', 'ConfigManager'],
  ['conflict', 'Conflict'],
  ['unknown', 'Unknown'],
  ['error', 'Error'],
] as const;

interface Fleet {
  readonly id: string;
  readonly azureADDeviceId: string;
  readonly deviceName: string;
  readonly complianceState: string;
  readonly outcome: string;
}

const fleet: readonly Fleet[] = Array.from({ length: DEVICES }, (_, number) => {
  const digits = number.toString(16).padStart(12, '0');
  const [complianceState, outcome] = STATES[number % STATES.length] ?? STATES[0];
  return {
    id: `c0550000-0000-4000-8000-${digits}`,
    azureADDeviceId: `c0551111-0000-4000-8000-${digits}`,
    deviceName: `CROSS-${number}`,
    complianceState,
    outcome,
  };
});

let demo: RunningDemo;
let client: TargetClient;

beforeAll(async () => {
  demo = await startDemo();
  client = createTargetClient(demo.ready);
  const lastSyncDateTime = `${new Date(Date.now() - 3_600_000).toISOString().slice(0, 19)}Z`;
  for (let start = 0; start < DEVICES; start += 50) {
    await Promise.all(
      fleet.slice(start, start + 50).map(({ id, azureADDeviceId, deviceName, complianceState }) =>
        client.control('POST', '/devices', {
          id,
          azureADDeviceId,
          deviceName,
          complianceState,
          lastSyncDateTime,
          managementState: 'managed',
          deviceRegistrationState: 'registered',
        }),
      ),
    );
  }
});

afterAll(async () => {
  await client.close();
  await demo.stop();
});

test.each([
  ['Intune', ({ id }: Fleet) => id],
  ['Entra', ({ azureADDeviceId }: Fleet) => azureADDeviceId],
] as const)(`${DEVICES} decisions at once, by %s id, each answer about its own device`, async (_, idOf) => {
  const answers = await Promise.all(fleet.map((device) => decide(idOf(device))));
  expect(answers.length).toBe(DEVICES);
  const wrong = fleet.filter((device, index) => {
    const answer = answers[index];
    return !(
      answer !== undefined &&
      answer.deviceId === idOf(device) &&
      answer.managedDeviceId === device.id &&
      answer.azureADDeviceId === device.azureADDeviceId &&
      answer.outcome === device.outcome &&
      answer.sharedState['INTUNE_id'] === device.id &&
      answer.sharedState['INTUNE_deviceName'] === device.deviceName &&
      answer.sharedState['INTUNE_complianceState'] === device.complianceState
    );
  });
  expect(wrong).toEqual([]);
  expect(new Set(answers.map(({ decisionId }) => decisionId)).size).toBe(DEVICES);
});

interface Decided {
  readonly decisionId: string;
  readonly outcome: string;
  readonly deviceId: string;
  readonly managedDeviceId: string;
  readonly azureADDeviceId: string;
  readonly sharedState: Readonly<Record<string, string>>;
}

async function decide(id: string): Promise<Decided> {
  const { ready } = demo;
  const { status, text } = await client.send({
    method: 'POST',
    url: `${ready.gate}/v1/decisions`,
    headers: { authorization: `Bearer ${ready.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ request: { headers: { 'x-intune': [`CN=${id}`] } } }),
  });
  if (status !== 200) throw new Error(`${status} ${text}`);
  return JSON.parse(text) as Decided;
}
