import { expect, test } from 'vitest';
import { loginState } from '../../src/http/loginState.ts';
import { createHeaderSource } from '../../src/node/sources/headerSource.ts';
import type { Session } from '../../src/sessions/session.ts';
import { DEVICE_ID, fakeDirectory, OTHER_ID } from '../support/fakeDirectory.ts';
import { testNode } from '../support/testNode.ts';

const node = testNode(fakeDirectory([]), {
  sources: [createHeaderSource({ name: 'x-intune', from: ['edge'], peers: undefined, idKind: 'intune' })],
});
const delivered = {
  caller: 'edge',
  headers: [['x-intune', `CN=${DEVICE_ID}`] as const],
  clientCertificate: undefined,
  peerAddress: '127.0.0.1',
};

function session(device: string | undefined): Session {
  const sealed = {
    outcome: 'Compliant',
    reason: 'compliant',
    decisionId: 'd',
    evaluatedAt: '2026-01-01T00:00:00Z',
  };
  return {
    username: 'alice',
    ...(device === undefined ? {} : { device: { id: device, ...sealed } }),
  } as Session;
}

test('a session names its person to a node only with the device it was made with', async () => {
  expect(await loginState(node, delivered, session(DEVICE_ID))).toEqual({ username: 'alice' });
  expect(await loginState(node, delivered, session(OTHER_ID))).toEqual({});
  expect(await loginState(node, delivered, session(undefined))).toEqual({});
  expect(await loginState(node, delivered, undefined)).toEqual({});
});
