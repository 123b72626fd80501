import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { BerReader } from 'ldapts';
import type { LdapSettings } from './ldapSettings.ts';

/** Message 1: an extended request with the name of StartTLS, 1.3.6.1.4.1.1466.20037 (RFC 4511 section 4.14). */
const START_TLS_NAME = Buffer.from('1.3.6.1.4.1.1466.20037');
const START_TLS_REQUEST = Buffer.concat([
  Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, START_TLS_NAME.length]),
  START_TLS_NAME,
]);
const EXTENDED_RESPONSE = 0x78;
const LONGEST_ANSWER = 4_096;

/**
 * Connects and, as configured, secures the connection. StartTLS is done here, before the LDAP client sees the connection: nothing that
 * somebody put into the clear part is ever read as an answer of the directory.
 *
 * @throws Error if it does not come about before the signal aborts, which also ends the connection at any later time
 */
export async function openSocket(settings: LdapSettings, signal: AbortSignal): Promise<Socket> {
  const { host, port, security, caPems } = settings;
  const tls: ConnectionOptions = {
    ...(caPems === undefined ? {} : { ca: [...caPems] }),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    host,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  };
  signal.throwIfAborted();
  const plain = connectTcp({ host, port, signal });
  try {
    await once(plain, 'connect');
    // Whoever uses the connection sees it close; an error nobody listens to would end the process.
    plain.on('error', () => undefined);
    if (security === 'none') return plain;
    if (security === 'startTls') await startTls(plain);
    const secure: TLSSocket = connectTls({ ...tls, socket: plain });
    await once(secure, 'secureConnect');
    return secure;
  } catch (error) {
    plain.destroy();
    throw error;
  }
}

/** Sends the request and takes exactly one answer. */
async function startTls(socket: Socket): Promise<void> {
  socket.write(START_TLS_REQUEST);
  let answer = Buffer.alloc(0);
  let length: number | undefined;
  while (length === undefined || answer.length < length) {
    answer = Buffer.concat([answer, await nextChunk(socket)]);
    if (answer.length > LONGEST_ANSWER) throw new Error('StartTLS was answered at too great a length');
    length = messageLength(answer);
  }
  if (answer.length > length) throw new Error('something followed the answer to StartTLS in clear');
  const reader = new BerReader(answer);
  reader.readSequence();
  reader.readInt();
  const code = reader.readSequence() === EXTENDED_RESPONSE ? reader.readEnumeration() : undefined;
  if (code !== 0) throw new Error(`the directory refuses StartTLS (result ${String(code)})`);
}

/** Length of the first message, with its head. Undefined as long as the head is not complete. */
function messageLength(bytes: Buffer): number | undefined {
  const [tag, short] = bytes;
  if (tag === undefined || short === undefined) return undefined;
  if (tag !== 0x30) throw new Error('StartTLS was not answered in LDAP');
  if (short < 0x80) return 2 + short;
  const lengthBytes = short & 0x7f;
  if (lengthBytes === 0 || lengthBytes > 4) throw new Error('StartTLS was not answered in LDAP');
  return bytes.length < 2 + lengthBytes ? undefined : 2 + lengthBytes + bytes.readUIntBE(2, lengthBytes);
}

function nextChunk(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      socket.off('data', take);
      socket.off('error', fail);
      socket.off('close', closed);
      socket.pause();
    };
    const take = (chunk: Buffer): void => {
      finish();
      resolve(chunk);
    };
    const fail = (error: Error): void => {
      finish();
      reject(error);
    };
    const closed = (): void => fail(new Error('the directory closed the connection'));
    socket.once('data', take).once('error', fail).once('close', closed);
    socket.resume();
  });
}

function once(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      socket.off(event, done);
      socket.off('close', closed);
      socket.off('error', fail);
    };
    const done = (): void => {
      finish();
      resolve();
    };
    const fail = (error: Error): void => {
      finish();
      // A second error must not end the process either.
      socket.on('error', () => undefined);
      reject(error);
    };
    const closed = (): void => fail(new Error('the directory closed the connection'));
    socket.once(event, done).once('error', fail).once('close', closed);
  });
}
