import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { configWith, createGateFolder, type GateFolder } from './gateFolder.ts';
import { runGate, type Run } from './runGate.ts';

interface Facts {
  readonly graph: string;
  readonly authority: string;
  readonly caFile: string;
  readonly simulatorControl: { readonly url: string; readonly key: string };
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

let folder: GateFolder;
let stop: AbortController;
beforeEach(() => {
  folder = createGateFolder();
  // Whatever a command leaves behind, it leaves here.
  mkdirSync(`${folder.path}/tmp`);
  vi.stubEnv('TMPDIR', `${folder.path}/tmp`);
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  vi.unstubAllEnvs();
  folder.remove();
});

/** Starts a command that runs until it is stopped; gives its first output and its end. */
async function start(
  args: readonly string[],
): Promise<{ readonly first: string; readonly run: Promise<Run> }> {
  let run: Promise<Run> | undefined;
  const first = await new Promise<string>((resolve, reject) => {
    run = runGate(args, { stopped: stop.signal, onOut: resolve });
    run.then(({ err }) => reject(new Error(err)), reject);
  });
  if (run === undefined) throw new Error('nothing ran');
  return { first, run };
}

describe('simulate', () => {
  test('--certificates writes what a proxy in front of a gate needs to be tried', async () => {
    const certificates = `${folder.path}/tls`;
    const { run, first } = await start(['simulate', '--port', '0', '--certificates', certificates, '--json']);
    const { caFile } = JSON.parse(first) as Facts;
    const read = (name: string): X509Certificate =>
      new X509Certificate(readFileSync(`${certificates}/${name}`));

    const front = read('front.crt');
    expect(front.checkHost('localhost')).toBe('localhost');
    expect(front.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(front.verify(new X509Certificate(readFileSync(caFile)).publicKey)).toBe(true);
    expect(front.checkPrivateKey(createPrivateKey(readFileSync(`${certificates}/front.key`)))).toBe(true);

    const id = deviceIds.noncompliant;
    const device = read(`devices/${id}.pem`);
    expect(device.subject).toBe(`CN=${id}`);
    expect(device.subjectAltName).toBe(`URI:IntuneDeviceId://${id}`);
    expect(device.verify(read('device-ca.pem').publicKey)).toBe(true);
    const keyFile = `${certificates}/devices/${id}.key`;
    expect(device.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))).toBe(true);
    expect(statSync(keyFile).mode & 0o077).toBe(0);
    stop.abort();
    expect((await run).exitCode).toBe(0);
  });

  test('--certificates with a folder that cannot be written is said in one line', async () => {
    const file = folder.file('in-the-way', '');
    const { exitCode, err } = await runGate(['simulate', '--port', '0', '--certificates', file]);
    expect(exitCode).toBe(2);
    expect(err).toContain(`${file} cannot be written`);
  });

  test('--json prints one line with what a client needs, and cleans up at the end', async () => {
    const { first, run } = await start(['simulate', '--port', '0', '--json']);
    expect(first).toMatch(/^\{.*\}\n$/);
    const facts = JSON.parse(first) as Facts;
    expect(facts.graph).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(facts.authority).toBe(facts.graph);
    expect(facts.simulatorControl.url).toBe(`${facts.graph}/control`);
    expect(readFileSync(facts.caFile, 'utf8')).toContain('BEGIN CERTIFICATE');

    folder.file('secret', facts.clientSecret);
    const tenant = {
      tenantId: facts.tenantId,
      clientId: facts.clientId,
      credential: { kind: 'clientSecret', clientSecret: { file: 'secret' } },
      authority: facts.authority,
      graph: facts.graph,
      caFile: facts.caFile,
      proxy: 'none',
    };
    expect((await runGate(['verify', '--config', folder.config(configWith(tenant))])).exitCode).toBe(0);

    stop.abort();
    expect(await run).toEqual({ exitCode: 0, out: first, err: 'Ctrl-C stops it.\n' });
    expect(existsSync(dirname(facts.caFile))).toBe(false);
  });

  test('without --json prints the same for people', async () => {
    const { first } = await start(['simulate', '--port', '0']);
    expect(first).toMatch(
      /^Simulating Microsoft at https:\/\/127\.0\.0\.1:\d+\n {2}tenant .+\n {2}client id .+\n {2}client secret .+\n {2}CA file .+\n {2}control .+\n {2}control key .+\n$/,
    );
  });

  test('takes tenant, application, secret and CA file that were written beforehand', async () => {
    const tenantId = '00000000-0000-4000-8000-0000000000AA';
    const clientId = '00000000-0000-4000-8000-0000000000BB';
    folder.file('secret', 'chosen-beforehand-0123456789\r\n');
    const caFile = `${folder.path}/chosen-ca.pem`;
    const { first, run } = await start([
      'simulate',
      '--port=0',
      '--json',
      '--dns-name=graph.test',
      `--ca-file=${caFile}`,
      `--tenant-id=${tenantId}`,
      `--client-id=${clientId}`,
      `--client-secret-file=${folder.path}/secret`,
    ]);
    const facts = JSON.parse(first) as Facts;
    expect(facts).toMatchObject({ caFile, clientSecret: 'chosen-beforehand-0123456789' });
    const tenant = {
      tenantId,
      clientId,
      credential: { kind: 'clientSecret', clientSecret: { file: 'secret' } },
      authority: facts.authority,
      graph: facts.graph,
      caFile,
      proxy: 'none',
    };
    const verified = await runGate(['verify', '--config', folder.config(configWith(tenant))]);
    expect(verified.exitCode).toBe(0);
    stop.abort();
    expect((await run).exitCode).toBe(0);
    // A file that was asked for stays.
    expect(existsSync(caFile)).toBe(true);
  });

  test('makes a fleet, takes its time and throttles, if it is told to', async () => {
    const { first } = await start(
      'simulate --port 0 --json --devices 50000 --latency 60 --throttle'.split(' '),
    );
    const { simulatorControl, caFile } = JSON.parse(first) as Facts;
    const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } });
    const state = await request(`${simulatorControl.url}/state`, {
      dispatcher,
      headers: { authorization: `Bearer ${simulatorControl.key}` },
    });
    expect(await state.body.json()).toMatchObject({
      fleet: { size: 50_000, removed: 0 },
      service: {
        latencyMs: 60,
        throttling: { requests: 2000, windowSeconds: 20, retryAfter: 'whole' },
      },
    });
    await dispatcher.destroy();
  });

  test.each([
    ['--ca-file', '/nowhere/at/all/ca.pem', /\/nowhere\/at\/all\/ca\.pem cannot be written/],
    ['--client-secret-file', '/nowhere/secret', /\/nowhere\/secret cannot be read/],
    ['--devices', '1000000', /--devices takes a whole number from 0 to 999999/],
    ['--latency', '-1', /--latency/],
    ['--host', '256.1.1.1', /256\.1\.1\.1 is no address of this machine/],
  ])('%s %s is one line and exit code 2', async (option, value, message) => {
    const run = await runGate(['simulate', '--port', '0', option, value]);
    expect(run).toMatchObject({ exitCode: 2, out: '' });
    expect(run.err).toMatch(message);
    expect(readdirSync(`${folder.path}/tmp`)).toEqual([]);
  });
});

test.each(['fe80::1', 'fe80::1%nowhere'])('the host %s is one line and exit code 2', async (host) => {
  const simulate = await runGate(['simulate', '--port', '0', '--host', host]);
  expect(simulate).toMatchObject({ exitCode: 2, out: '' });
  expect(simulate.err).toMatch(/^intune-gate simulate: fe80::1\S* is no address .*\n$/);
  expect(readdirSync(`${folder.path}/tmp`)).toEqual([]);
});

test('of serve, a host that the system refuses is one line and exit code 2', async () => {
  const file = folder.config({
    ...configWith({
      tenantId: 'contoso.example',
      clientId: '00000000-0000-4000-8000-0000000000c1',
      credential: { kind: 'managedIdentity' },
    }),
    listen: { host: 'fe80::1%nowhere', port: 0 },
    log: { level: 'silent' },
  });
  const run = await runGate(['serve', '--config', file]);
  expect(run).toMatchObject({ exitCode: 2, out: '' });
  expect(run.err).toMatch(/^intune-gate serve: fe80::1%nowhere is no address .*\n$/);
});

describe('without a place for temporary files', () => {
  test.each([['demo'], ['simulate']])('%s says so in one line, with exit code 2', async (name) => {
    for (const [place, why] of [
      [`${folder.path}/missing`, 'there is no such folder'],
      [folder.file('a-file', ''), 'it is no folder'],
    ] as const) {
      vi.stubEnv('TMPDIR', place);
      expect(await runGate([name, '--port', '0'])).toEqual({
        exitCode: 2,
        out: '',
        err: `intune-gate ${name}: no temporary folder can be made in ${place} (TMPDIR): ${why}\n`,
      });
    }
  });

  test('simulate needs none if it is told where to write the CA certificate', async () => {
    vi.stubEnv('TMPDIR', `${folder.path}/missing`);
    const { run } = await start(['simulate', '--port', '0', '--ca-file', `${folder.path}/ca.pem`]);
    stop.abort();
    expect((await run).exitCode).toBe(0);
  });
});

describe('a taken port', () => {
  let server: Server;
  let port: string;
  beforeEach(async () => {
    server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    port = String(typeof address === 'object' && address !== null ? address.port : 0);
  });
  afterEach(() => {
    server.close();
  });

  test.each([
    ['simulate', (taken: string) => ['simulate', '--port', taken]],
    ['demo', (taken: string) => ['demo', '--port', taken, '--simulator-port', '0']],
    ['demo', (taken: string) => ['demo', '--port', '0', '--simulator-port', taken]],
  ])('of %s is said in one line, with exit code 2, and nothing stays behind', async (name, args) => {
    const run = await runGate(args(port));
    expect(run).toEqual({
      exitCode: 2,
      out: '',
      err: `intune-gate ${name}: port ${port} on 127.0.0.1 is taken by another program; choose another, or 0 for a free one\n`,
    });
    expect(readdirSync(`${folder.path}/tmp`)).toEqual([]);
  });

  test('of serve is said in one line, too', async () => {
    const file = folder.config({
      ...configWith({
        tenantId: 'contoso.example',
        clientId: '00000000-0000-4000-8000-0000000000c1',
        credential: { kind: 'managedIdentity' },
      }),
      listen: { port: Number(port) },
      log: { level: 'silent' },
    });
    const run = await runGate(['serve', '--config', file]);
    expect(run.exitCode).toBe(2);
    expect(run.err).toMatch(/^intune-gate serve: port \d+ on 127\.0\.0\.1 is taken by another program.*\n$/);
  });
});
