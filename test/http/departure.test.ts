import { connect, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { Lookup, LookupOptions } from '../../src/node/deviceDirectory.ts';
import type { ManagedDevice } from '../../src/node/managedDevice.ts';
import { DEVICE_ID, failure, fakeDirectory, managedDevice } from '../support/fakeDirectory.ts';
import { API_KEY, testApp } from '../support/testApp.ts';
import { testNode } from '../support/testNode.ts';

const BODY = JSON.stringify({ request: { headers: { 'x-intune': [`CN=${DEVICE_ID}`] } } });
const REQUEST = `POST /v1/decisions HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer ${API_KEY}\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

test('who hangs up is not waited for: what was asked of Microsoft ends, and the log says why', async () => {
  let asked: LookupOptions['signal'] | undefined;
  const findManagedDevice = (_id: string, { signal }: LookupOptions) => {
    asked = signal;
    return new Promise<Lookup<ManagedDevice | undefined>>((resolve) => {
      signal.addEventListener('abort', () => resolve(failure('timeout')));
    });
  };
  const directory = fakeDirectory([], { replace: { findManagedDevice } });
  const node = testNode(directory, { deadlineMs: 60_000, now: Date.now });
  const { app, log } = testApp(directory, { nodes: new Map([['default', node]]) });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(REQUEST);
  await expect.poll(() => asked?.aborted).toBe(false);
  socket.destroy();
  await expect.poll(() => asked?.aborted).toBe(true);
  await expect.poll(() => log.some((line) => line.includes('caller went away'))).toBe(true);
  expect(log.some((line) => line.includes('"msg":"decision"'))).toBe(false);
  await app.close();
});

test('who closes after the answer has not gone away', async () => {
  const { app, log } = testApp(fakeDirectory([managedDevice()]));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(REQUEST);
  const answer = await new Promise<string>((resolve) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString()));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  socket.destroy();
  await app.close();
  expect(log.filter((line) => line.includes('"msg":"decision"'))).toHaveLength(1);
  expect(log.some((line) => line.includes('caller went away'))).toBe(false);
});
