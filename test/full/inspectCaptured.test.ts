import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createCertificateCommand } from '../../src/cli/certificate.ts';
import { compliantDevice } from './deviceCertificates.ts';
import { keyPem, openFrontDoor } from './frontDoor.ts';
import { findProgram, PROXY_SERVERS, type ProxyServer } from './proxyServers.ts';
import { exchange } from './rawClient.ts';

/** Somebody in place of the gate who writes down what the proxy says, as `nc -l` would. */
async function startListener(): Promise<{ port: number; heard: () => string; close: () => void }> {
  let heard = '';
  const server = createServer((socket) => {
    socket.setEncoding('latin1').on('data', (text: string) => {
      heard += text;
      if (heard.includes('\r\n\r\n')) socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => heard,
    close: () => server.close(),
  };
}

async function capture(
  server: ProxyServer,
  program: string,
  withCertificate: boolean,
): Promise<{ text: string; trust: string; remove: () => Promise<void> }> {
  const listener = await startListener();
  const door = await openFrontDoor(server, program, { gatePort: listener.port });
  const { minted } = compliantDevice;
  const shown = withCertificate ? { cert: minted.pem, key: keyPem(minted) } : {};
  await exchange(
    { port: door.port, ...shown },
    'GET /auth/request HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  );
  listener.close();
  return {
    text: listener.heard(),
    trust: join(door.frontCaFile, '..', 'device-ca.pem'),
    remove: () => door.close(),
  };
}

async function inspect(
  server: ProxyServer,
  text: string,
  trust: string,
): Promise<{ exitCode: number; report: Record<string, unknown> }> {
  const command = createCertificateCommand({
    input: async function* () {
      yield Buffer.from(text, 'latin1');
    },
    now: Date.now,
  });
  let out = '';
  const exitCode = await command.run(
    [
      'inspect',
      '--profile',
      server.name,
      '--header',
      server.headers.name,
      '--trust',
      trust,
      ...server.headers.success.flatMap(([name, value]) => ['--verify', `${name}=${value}`]),
    ],
    {
      out: (line) => {
        out += line;
      },
      err: () => undefined,
      readInput: () => Promise.resolve(''),
      readLine: () => Promise.resolve(undefined),
      environment: {},
      stopped: new AbortController().signal,
      onHangUp: () => undefined,
    },
  );
  return { exitCode, report: JSON.parse(out) as Record<string, unknown> };
}

describe.each(PROXY_SERVERS)('what $name sends, given to certificate inspect', (server) => {
  const program = findProgram(server.program);

  test.skipIf(program === undefined)('is the certificate of the device', async () => {
    const { text, trust, remove } = await capture(server, program ?? '', true);
    try {
      const { exitCode, report } = await inspect(server, text, trust);
      expect(report).toMatchObject({
        verdict: 'accepted',
        certificate: { keyType: 'P-256' },
        deviceIds: expect.arrayContaining([
          { kind: 'intune', value: compliantDevice.id, source: 'sanUri' },
        ]) as unknown,
      });
      expect(exitCode).toBe(0);
    } finally {
      await remove();
    }
  });

  test.skipIf(program === undefined)('is absent where the client has none', async () => {
    const { text, trust, remove } = await capture(server, program ?? '', false);
    try {
      const { exitCode, report } = await inspect(server, text, trust);
      expect(report).toMatchObject({ verdict: 'absent' });
      expect(exitCode).toBe(1);
    } finally {
      await remove();
    }
  });
});
