import { bench, describe } from 'vitest';
import { parseDecisionRequest } from '../../src/http/decisionRequest.ts';
import { parseStrictJson } from '../../src/strictJson.ts';
import { DEVICE_ID, managedDevice, NOW } from '../../test/support/fakeDirectory.ts';
import { testContext, testNode } from '../../test/support/testNode.ts';
import { decisionBody } from '../load/closedLoop.ts';

const body = Buffer.from(decisionBody(0));
const parsed = JSON.parse(body.toString()) as unknown;

describe('read a question', () => {
  bench('strict JSON', () => {
    parseStrictJson(body);
  });
  bench('JSON.parse, which strict JSON is compared with', () => {
    JSON.parse(body.toString());
  });
  bench('check its fields', () => {
    parseDecisionRequest(parsed);
  });
});

describe('decide', () => {
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
  const context = testContext();

  bench('the whole node, over a directory that answers at once', async () => {
    await node.decide(context);
  });
});
