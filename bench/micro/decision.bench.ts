import { bench, describe } from 'vitest';
import { assembleDecision, evidenceOf } from '../../src/node/assembleDecision.ts';
import { judgeDevice } from '../../src/node/judgeDevice.ts';
import { deviceEntries } from '../../src/sharedState/deviceEntries.ts';
import { createScrub } from '../../src/sharedState/scrub.ts';
import { MANAGED_DEVICE_DEFAULTS } from '../../src/simulator/managedDeviceEntity.ts';
import { DEVICE_ID, managedDevice, NOW } from '../../test/support/fakeDirectory.ts';

const device = managedDevice({ properties: { ...MANAGED_DEVICE_DEFAULTS, id: DEVICE_ID } });
const scrub = createScrub(['a-client-secret-of-the-usual-length-0123456789']);
const finding = {
  reason: 'compliant',
  device,
  claimed: { id: DEVICE_ID, kind: 'intune', source: 'header' },
  evidence: evidenceOf({ source: 'cache', fetchedAt: NOW - 60_000 }, device, NOW),
} as const;
const options = {
  node: 'default',
  outcomes: {},
  pingErrorKeys: false,
  scrub,
  createId: () => '0d6b8f0e-5c7e-4f8e-9c39-2b6cf2f8a001',
};

describe('judge a device', () => {
  bench('compliant, nothing else asked', () => {
    judgeDevice({
      device,
      loginUser: undefined,
      entraDevice: 'notAsked',
      largestCheckInAgeMs: undefined,
      now: NOW,
    });
  });
  bench('compliant, every check on', () => {
    judgeDevice({
      device,
      loginUser: 'ACarter@contoso.example',
      entraDevice: { deviceId: DEVICE_ID, accountEnabled: true },
      largestCheckInAgeMs: 720 * 3_600_000,
      now: NOW,
    });
  });
});

describe('make the answer', () => {
  const decision = assembleDecision(finding, NOW, options);
  const saved = { ...finding, entries: deviceEntries(device.properties, 'all', scrub) };

  bench('assemble a decision', () => {
    assembleDecision(finding, NOW, options);
  });
  bench('all properties as entries of shared state', () => {
    deviceEntries(device.properties, 'all', scrub);
  });
  bench('a decision as JSON', () => {
    JSON.stringify(decision);
  });
  const large = assembleDecision(saved, NOW, options);
  bench('a decision with all properties as JSON', () => {
    JSON.stringify(large);
  });
});
