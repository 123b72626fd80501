import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createLdapDirectory } from '../../../src/identityStores/ldap/ldapDirectory.ts';
import type { LdapSettings } from '../../../src/identityStores/ldap/ldapSettings.ts';

/** Answers to message 1, the request for StartTLS. */
const START_TLS = { agreed: '300c02010178070a010004000400', refused: '300c02010178070a013404000400' };
/** A bind that succeeded, as message 2. */
const BOUND = '300c02010261070a010004000400';

describe('the way to the directory', () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  });

  /** A server that answers each piece it gets in hex, and remembers what it got. */
  async function listen(
    answer: (piece: number) => string | undefined,
  ): Promise<{ port: number; got: string[] }> {
    const got: string[] = [];
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        got.push(data.toString('latin1'));
        const hex = answer(got.length);
        if (hex !== undefined) socket.write(Buffer.from(hex, 'hex'));
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    return { port: typeof address === 'object' && address !== null ? address.port : 0, got };
  }

  function visit(port: number, changed: Partial<LdapSettings> = {}, signal = new AbortController().signal) {
    return createLdapDirectory({
      host: '127.0.0.1',
      port,
      security: 'startTls',
      bindDn: 'cn=gate',
      bindPassword: 'the password of the gate',
      baseDn: 'dc=example',
      userFilter: '(uid={username})',
      usernameAttribute: 'uid',
      idAttribute: 'entryUUID',
      attributes: {},
      statusAttributes: [],
      timeoutMs: 300,
      connections: 1,
      answerEveryMs: 1,
      ...changed,
    }).visit(signal, (inside) => inside.findByName('anna'));
  }
  const unavailable = (message: RegExp) => ({
    code: 'identityUnavailable',
    message: expect.stringMatching(message) as string,
  });

  test.each([
    ['refuses StartTLS', START_TLS.refused, /refuses StartTLS \(result 52\)/],
    ['says more in clear after agreeing', START_TLS.agreed + BOUND, /something followed/],
    ['begins to say more in clear after agreeing', `${START_TLS.agreed}30`, /something followed/],
    ['agrees and is no TLS server', START_TLS.agreed, /in time/],
    [
      'is no LDAP server',
      Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n').toString('hex'),
      /not answered in LDAP/,
    ],
    ['answers at length', `3084ffffffff${'00'.repeat(5_000)}`, /too great a length/],
    ['answers another message', '300c02010161070a010004000400', /refuses StartTLS/],
    ['is silent', undefined, /in time/],
  ])('a directory that %s is unavailable and never gets a password', async (_, answer, message) => {
    const { port, got } = await listen((piece) => (piece === 1 ? answer : undefined));
    await expect(visit(port)).rejects.toMatchObject(unavailable(message));
    expect(got.join('')).not.toContain('password');
  });

  test('an answer that comes byte by byte is put together', async () => {
    const bytes = START_TLS.refused.match(/../g) ?? [];
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        bytes.forEach((byte, index) => setTimeout(() => socket.write(Buffer.from(byte, 'hex')), index * 3));
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(visit(port)).rejects.toMatchObject(unavailable(/result 52/));
  });

  test('a directory that never answers a bind is unavailable in time, and the connection is ended', async () => {
    const { port } = await listen(() => undefined);
    const start = performance.now();
    await expect(visit(port, { security: 'none' })).rejects.toMatchObject(unavailable(/in time/));
    expect(performance.now() - start).toBeLessThan(2_000);
    await expect.poll(() => [...sockets].every(({ closed }) => closed)).toBe(true);
  });

  test('a connection that breaks is not opened again with a password', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.end(Buffer.from(BOUND, 'hex'));
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(visit(port, { security: 'none' })).rejects.toMatchObject({ code: 'identityUnavailable' });
    expect(connections).toBe(1);
  });

  test('who gives up is not kept waiting', async () => {
    const { port } = await listen(() => undefined);
    await expect(
      visit(port, { security: 'none', timeoutMs: 10_000 }, AbortSignal.timeout(50)),
    ).rejects.toMatchObject({ code: 'identityUnavailable' });
  });
});
