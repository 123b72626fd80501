import { bench, describe } from 'vitest';
import { createGateMetrics } from '../../src/metrics/gateMetrics.ts';
import { createWatchedNode } from '../../src/node/watchedNode.ts';
import { DEVICE_ID, managedDevice, NOW } from '../../test/support/fakeDirectory.ts';
import { testContext, testNode } from '../../test/support/testNode.ts';

describe('count a decision from memory', () => {
  const found = Promise.resolve({
    ok: true,
    value: managedDevice({ id: DEVICE_ID }),
    source: 'cache',
    fetchedAt: NOW,
  } as const);
  const never = (): never => {
    throw new Error('nobody asks this');
  };
  const node = testNode({
    findManagedDevice: () => found,
    findManagedDevicesByEntraId: never,
    findEntraDevice: never,
    listDetectedApps: never,
  });
  const { watchDecision } = createGateMetrics({ now: () => NOW, measureProcess: false });
  const counted = createWatchedNode(node, [watchDecision]);
  const context = testContext();
  const decided = node.decide(context);

  bench('the decision, not counted', async () => {
    await node.decide(context);
  });
  bench('the decision, counted', async () => {
    await counted.decide(context);
  });
  bench('the counting by itself', async () => {
    await watchDecision({ node: 'default', context, signal: undefined }, () => decided);
  });
});
