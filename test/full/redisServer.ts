import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { freePort } from './freePort.ts';
import { untilListening } from './untilListening.ts';

export const GATE_USER = 'gate';
export const GATE_PASSWORD = 'the password of the gate';
const ADMIN_PASSWORD = 'the password of the operator';

/** The rights that docs/replicas.md tells to give. */
export const GATE_RIGHTS =
  '~intune-gate:* resetchannels -@all +auth +select +ping +info +eval +evalsha +xread +xadd +xlen +type +time +get +set +del +pttl +pexpire +hget +hset +hdel +hgetall +hincrby +zadd +zcard +zrange +zrangebyscore +zremrangebyscore';

export interface RedisServer {
  readonly port: number;
  readonly tlsPort: number;
  readonly socketPath: string;
  readonly caPem: string;
  readonly client: { readonly certificatePem: string; readonly privateKeyPem: string };
  start(): Promise<void>;
  /** `SIGKILL` ends it and forgets everything, `SIGSTOP` makes it slow, `SIGCONT` quick again. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** As its operator, through its own client. */
  command(...command: readonly string[]): string;
  stop(): Promise<void>;
}

/** Debian's Redis as a child process on loopback, with a folder of its own, nothing on disk, and a user for the gate. */
export async function createRedisServer(program: string, parent: string): Promise<RedisServer> {
  const folder = mkdtempSync(join(parent, 'redis-'));
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const ca = createCertificateAuthority({ commonName: 'Redis CA', now: Date.now });
  const server = ca.issue({
    commonName: 'redis',
    dnsNames: ['redis.test'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  const client = ca.issue({ commonName: 'gate', usage: 'client' });
  const [port, tlsPort] = [await freePort(), await freePort()];
  const socketPath = join(folder, 'redis.sock');
  const configuration = write(
    'redis.conf',
    [
      'bind 127.0.0.1',
      `port ${port}`,
      `tls-port ${tlsPort}`,
      `tls-ca-cert-file ${write('ca.pem', ca.certificatePem)}`,
      `tls-cert-file ${write('server.pem', server.certificatePem)}`,
      `tls-key-file ${write('server.key', server.privateKeyPem)}`,
      'tls-auth-clients yes',
      `unixsocket ${socketPath}`,
      'save ""',
      'appendonly no',
      `dir ${folder}`,
      'logfile ""',
      'maxmemory-policy noeviction',
      `user default on #${sha256(ADMIN_PASSWORD)} ~* &* +@all`,
      `user ${GATE_USER} on #${sha256(GATE_PASSWORD)} ${GATE_RIGHTS}`,
      '',
    ].join('\n'),
  );
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await ended;
  };
  return {
    port,
    tlsPort,
    socketPath,
    caPem: ca.certificatePem,
    client,
    async start() {
      child = spawn(program, [configuration], { stdio: ['ignore', 'ignore', 'ignore'] });
      await untilListening(port);
    },
    async signal(signal) {
      if (signal === 'SIGKILL') await end(signal);
      else child?.kill(signal);
    },
    command(...command) {
      const { stdout, stderr } = spawnSync(
        'redis-cli',
        ['-p', String(port), '--no-auth-warning', ...command],
        {
          encoding: 'utf8',
          env: { ...process.env, REDISCLI_AUTH: ADMIN_PASSWORD },
          timeout: 10_000,
        },
      );
      return `${stdout}${stderr}`.trim();
    },
    stop: () => end('SIGKILL'),
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
