import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GateError } from '../errors.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../simulator/simulator.ts';
import { LARGEST_FLEET } from '../simulator/fleet.ts';
import { createWorld } from '../simulator/world.ts';
import type { Command } from './command.ts';
import { writeDeviceCertificates } from './deviceCertificates.ts';
import { addressError } from './listen.ts';
import { parseCount, parseOptions, parsePort } from './parseOptions.ts';
import { makeTemporaryFolder } from './temporaryFolder.ts';
import { untilStopped } from './untilStopped.ts';

export const simulateCommand: Command = {
  name: 'simulate',
  summary: "run the stand-in for Microsoft's token endpoint and Graph alone",
  help: `
Usage: intune-gate simulate [--host ADDRESS] [--port N] [--dns-name NAME]... [--ca-file FILE]
                           [--tenant-id ID] [--client-id ID] [--client-secret-file FILE]
                           [--devices N] [--latency MS] [--throttle] [--certificates FOLDER] [--json]

Serves a token endpoint and a part of Microsoft Graph over HTTPS, with a CA and a tenant made anew at each start.

--host ADDRESS   default 127.0.0.1
--port N         default 8443; 0 picks a free port
--dns-name NAME  a further name for its certificate
--ca-file FILE   where to write the CA certificate; default: a temporary file
--tenant-id ID, --client-id ID, --client-secret-file FILE
                 fixed instead of random, for a gate whose configuration is written beforehand
--certificates FOLDER
                 write what a proxy in front of a gate needs to be tried: device-ca.pem, a certificate and key of each device
                 (devices/ID.pem, devices/ID.key), and one for the proxy itself (front.crt, front.key) for localhost, signed by the CA
--devices N      a fleet of N everyday devices beside the special ones, up to 999,999; default 0
--latency MS     how much later every answer comes; default 0
--throttle       refuse calls as Intune does: beyond 2,000 in 20 seconds
--json           print what a client needs as one line of JSON

Its devices are changed with PATCH {control}/devices/{id}; docs/simulator.md describes all of it. It is for tests and demos only.
`,
  async run(args, io) {
    const { values } = parseOptions(args, {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '8443' },
      'dns-name': { type: 'string', multiple: true, default: [] },
      'ca-file': { type: 'string' },
      'tenant-id': { type: 'string' },
      'client-id': { type: 'string' },
      'client-secret-file': { type: 'string' },
      certificates: { type: 'string' },
      devices: { type: 'string', default: '0' },
      latency: { type: 'string', default: '0' },
      throttle: { type: 'boolean' },
      json: { type: 'boolean' },
    });
    const world = createWorld({
      now: Date.now,
      fleetSize: parseCount(values.devices, '--devices', LARGEST_FLEET),
    });
    world.service.latencyMs = parseCount(values.latency, '--latency', 3_600_000);
    if (values.throttle === true) {
      world.service.throttling = { requests: 2_000, windowSeconds: 20, retryAfter: 'whole' };
    }
    const [app] = world.apps;
    // Ids are compared in lower case, as Entra does not tell the cases apart.
    if (values['tenant-id'] !== undefined) world.tenant.id = values['tenant-id'].toLowerCase();
    if (values['client-id'] !== undefined && app !== undefined)
      app.clientId = values['client-id'].toLowerCase();
    if (values['client-secret-file'] !== undefined && app !== undefined) {
      app.secrets = [{ value: readSecretFile(values['client-secret-file']), expired: false }];
    }
    const port = parsePort(values.port);
    const folder = values['ca-file'] === undefined ? makeTemporaryFolder('simulator') : undefined;
    try {
      const caFile = values['ca-file'] ?? join(folder?.path ?? '', 'ca.pem');
      const simulator = await startOn(values.host, port, { world, dnsNames: values['dns-name'] });
      try {
        if (values.certificates !== undefined) writeCertificates(values.certificates, simulator);
        // Last of the files: where it stands, everything does.
        writeCaFile(caFile, simulator.caPem);
        const facts = describeSimulator(simulator, caFile);
        io.out(values.json === true ? `${JSON.stringify(facts)}\n` : describeFacts(simulator.origin, facts));
        io.err('Ctrl-C stops it.\n');
        await untilStopped(io.stopped);
      } finally {
        await simulator.close();
      }
    } finally {
      folder?.remove();
    }
    return 0;
  },
};

function describeFacts(origin: string, facts: ReturnType<typeof describeSimulator>): string {
  return [
    `Simulating Microsoft at ${origin}`,
    `  tenant        ${facts.tenantId}`,
    `  client id     ${facts.clientId}`,
    `  client secret ${facts.clientSecret}`,
    `  CA file       ${facts.caFile}`,
    `  control       ${facts.simulatorControl.url}`,
    `  control key   ${facts.simulatorControl.key}`,
    '',
  ].join('\n');
}

function writeCaFile(file: string, pem: string): void {
  try {
    writeFileSync(file, pem);
  } catch (error) {
    throw new GateError('usage', `${file} cannot be written`, { cause: error });
  }
}

function writeCertificates(folder: string, { world, certificateAuthority }: Simulator): void {
  const front = certificateAuthority.issue({
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
    usage: 'server',
  });
  try {
    writeDeviceCertificates(folder, [...world.devices.keys()]);
    writeFileSync(join(folder, 'front.crt'), front.certificatePem);
    // A proxy in a container of its own reads it as another user. It is good for nothing but this demo.
    writeFileSync(join(folder, 'front.key'), front.privateKeyPem, { mode: 0o644 });
  } catch (error) {
    throw new GateError('usage', `${folder} cannot be written`, { cause: error });
  }
}

/** Starts a simulator; a taken port is said in one line. */
export async function startOn(
  host: string,
  port: number,
  options: Pick<SimulatorOptions, 'world' | 'dnsNames' | 'onChange'> = {},
): Promise<Simulator> {
  try {
    return await startSimulator({ host, port, ...options });
  } catch (error) {
    throw addressError(error, host, port);
  }
}

function readSecretFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new GateError('usage', `${file} cannot be read`, { cause: error });
  }
}

/** What a client needs to use a simulator, under the names of the ready line. */
export function describeSimulator(simulator: Simulator, caFile: string) {
  const [app] = simulator.world.apps;
  return {
    graph: simulator.origin,
    authority: simulator.origin,
    caFile,
    simulatorControl: simulator.control,
    tenantId: simulator.world.tenant.id,
    clientId: app?.clientId ?? '',
    clientSecret: app?.secrets[0]?.value ?? '',
  };
}
