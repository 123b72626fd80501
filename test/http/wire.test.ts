import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { API_KEY, testApp } from '../support/testApp.ts';

const { app } = testApp();
let port = 0;

beforeAll(async () => {
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
});
afterAll(() => app.close());

/** Sends bytes and returns everything that comes back until the server closes. */
function send(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('what is no HTTP gets a problem', async () => {
  const answer = await send('HELLO\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('application/problem+json');
});

test('headers beyond the size limit get a problem', async () => {
  const answer = await send(`GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  expect(answer).toContain('urn:intune-gate:problem:tooManyHeaders');
});

test('thousands of small header lines are seen, and refused', async () => {
  const lines = Array.from({ length: 3_000 }, (_, index) => `a${index}: 1`).join('\r\n');
  const answer = await send(
    `POST /v1/decisions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\nAuthorization: Bearer ${API_KEY}\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
});

test('a path that cannot be decoded gets a problem that does not repeat it', async () => {
  const answer = await send('GET /%zz-marker HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('application/problem+json');
  expect(answer).not.toContain('marker');
});

test('who is not known is hung up on, however much is still to come', async () => {
  const answer = await send(
    'POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nContent-Type: application/json\r\n\r\n{',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(answer.toLowerCase()).toContain('connection: close');
});

test('requests that never arrive in full are bounded', () => {
  expect(app.server.headersTimeout).toBe(10_000);
  expect(app.server.requestTimeout).toBe(15_000);
});

test('two lengths are refused', async () => {
  const answer = await send(
    'POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});

test('a connection that says nothing is freed, however long its owner stays', async () => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write('x');
  socket.resume();
  await new Promise((resolve) => socket.once('end', resolve));
  const left = async (): Promise<number> =>
    new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)));
  await vi.waitFor(async () => expect(await left()).toBe(0), { timeout: 5_000, interval: 100 });
  socket.destroy();
});
