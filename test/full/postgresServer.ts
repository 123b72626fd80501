import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { freePort } from './freePort.ts';
import { untilListening } from './untilListening.ts';

const VERSIONS = '/usr/lib/postgresql';
export const POSTGRES_PASSWORD = 'the password of the inventory';
export const POSTGRES_USER = 'inventory';

export interface PostgresServer {
  readonly port: number;
  readonly caPem: string;
  start(): Promise<void>;
  /** At once, as a power failure does. */
  crash(): Promise<void>;
  /** As its operator, through its own client. */
  sql(statement: string, database?: string): string;
  stop(): Promise<void>;
}

/** Where Debian puts the programs of PostgreSQL; undefined, said loudly, if it is not there. With CI=true that is an error. */
export function findPostgres(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a)) : [];
  const newest = versions
    .map((version) => join(VERSIONS, version, 'bin'))
    .find((path) => existsSync(join(path, 'postgres')));
  if (newest !== undefined) return newest;
  process.stderr.write('NOT TESTED: postgres is missing; apt-get install postgresql\n');
  if (process.env['CI'] === 'true') throw new Error('postgres is missing');
  return undefined;
}

/** Debian's PostgreSQL as a child process on loopback, with a folder of its own, TLS, and a user for the inventory. It refuses to be root. */
export async function createPostgresServer(bin: string, parent: string): Promise<PostgresServer> {
  const isRoot = process.getuid?.() === 0;
  const folder = mkdtempSync(join(parent, 'postgres-'));
  const data = join(folder, 'data');
  const asUser = (program: string, args: readonly string[]): [string, string[]] =>
    isRoot ? ['runuser', ['-u', 'postgres', '--', program, ...args]] : [program, [...args]];
  const run = (program: string, args: readonly string[]): void => {
    const [command, rest] = asUser(join(bin, program), args);
    execFileSync(command, rest, { stdio: 'pipe', cwd: '/' });
  };
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, POSTGRES_PASSWORD, { mode: 0o600 });
  if (isRoot) {
    // The folder above is root's own; its server has to get through.
    chmodSync(parent, 0o755);
    execFileSync('chown', ['-R', 'postgres', folder]);
  }
  run('initdb', [
    '-D',
    data,
    '-U',
    'operator',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '-N',
  ]);
  const ca = createCertificateAuthority({ commonName: 'PostgreSQL CA', now: Date.now });
  const server = ca.issue({
    commonName: 'postgres',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  for (const [name, text] of [
    ['server.crt', server.certificatePem],
    ['server.key', server.privateKeyPem],
  ] as const)
    writeFileSync(join(data, name), text, { mode: 0o600 });
  if (isRoot) execFileSync('chown', ['postgres', join(data, 'server.crt'), join(data, 'server.key')]);
  const port = await freePort();
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    // runuser passes on what asks politely; the server knows its own process.
    run('pg_ctl', ['-D', data, '-m', signal === 'SIGTERM' ? 'fast' : 'immediate', 'stop']);
    await ended;
  };
  const sql = (statement: string, database = 'postgres'): string =>
    execFileSync(
      join(bin, 'psql'),
      [
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        '-U',
        'operator',
        '-d',
        database,
        '-X',
        '-A',
        '-t',
        '-q',
        '-v',
        'ON_ERROR_STOP=1',
        '-c',
        statement,
      ],
      {
        encoding: 'utf8',
        stdio: 'pipe',
        env: { ...process.env, PGPASSWORD: POSTGRES_PASSWORD },
      },
    ).trim();
  const start = async (): Promise<void> => {
    const [command, args] = asUser(join(bin, 'postgres'), [
      '-D',
      data,
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-k',
      '',
      '-c',
      'ssl=on',
      '-c',
      'log_min_messages=fatal',
      '-c',
      'synchronous_commit=on',
    ]);
    child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'], cwd: '/' });
    await untilListening(port);
    for (let attempt = 0; attempt < 300; attempt += 1) {
      try {
        sql('SELECT 1');
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    throw new Error('PostgreSQL does not answer');
  };
  await start();
  sql(`CREATE ROLE ${POSTGRES_USER} LOGIN PASSWORD '${POSTGRES_PASSWORD}'`);
  return {
    port,
    caPem: ca.certificatePem,
    start,
    crash: () => end('SIGKILL'),
    sql,
    stop: () => end('SIGTERM'),
  };
}
