import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GateError } from '../errors.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../simulator/simulator.ts';
import { createWorld } from '../simulator/world.ts';
import type { Command } from './command.ts';
import { addressError } from './listen.ts';
import { parseOptions, parsePort } from './parseOptions.ts';
import { untilStopped } from './untilStopped.ts';

export const simulateCommand: Command = {
  name: 'simulate',
  summary: "run the stand-in for Microsoft's token endpoint and Graph alone",
  help: `
Usage: intune-gate simulate [--host ADDRESS] [--port N] [--dns-name NAME]... [--ca-file FILE]
                           [--tenant-id ID] [--client-id ID] [--client-secret-file FILE] [--json]

Serves a token endpoint and a part of Microsoft Graph over HTTPS, with a CA and a tenant made anew at each start.

--host ADDRESS   default 127.0.0.1
--port N         default 8443; 0 picks a free port
--dns-name NAME  a further name for its certificate
--ca-file FILE   where to write the CA certificate; default: a temporary file
--tenant-id ID, --client-id ID, --client-secret-file FILE
                 fixed instead of random, for a gate whose configuration is written beforehand
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
      json: { type: 'boolean' },
    });
    const world = createWorld({ now: Date.now });
    const [app] = world.apps;
    // Ids are compared in lower case, as Entra does not tell the cases apart.
    if (values['tenant-id'] !== undefined) world.tenant.id = values['tenant-id'].toLowerCase();
    if (values['client-id'] !== undefined && app !== undefined)
      app.clientId = values['client-id'].toLowerCase();
    if (values['client-secret-file'] !== undefined && app !== undefined) {
      app.secrets = [{ value: readSecretFile(values['client-secret-file']), expired: false }];
    }
    const simulator = await startOn(values.host, parsePort(values.port), {
      world,
      dnsNames: values['dns-name'],
    });
    const folder = mkdtempSync(join(tmpdir(), 'intune-gate-simulator-'));
    const caFile = values['ca-file'] ?? join(folder, 'ca.pem');
    try {
      writeCaFile(caFile, simulator.caPem);
      const facts = describeSimulator(simulator, caFile);
      if (values.json === true) io.out(`${JSON.stringify(facts)}\n`);
      else {
        io.out(
          `Simulating Microsoft at ${simulator.origin}\n  tenant        ${facts.tenantId}\n  client id     ${facts.clientId}\n  client secret ${facts.clientSecret}\n  CA file       ${caFile}\n  control       ${facts.simulatorControl.url}\n  control key   ${facts.simulatorControl.key}\n`,
        );
      }
      io.err('Ctrl-C stops it.\n');
      await untilStopped(io.stopped);
    } finally {
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    }
    return 0;
  },
};

function writeCaFile(file: string, pem: string): void {
  try {
    writeFileSync(file, pem);
  } catch (error) {
    throw new GateError('usage', `${file} cannot be written`, { cause: error });
  }
}

/** Starts a simulator; a taken port is said in one line. */
export async function startOn(
  host: string,
  port: number,
  options: Pick<SimulatorOptions, 'world' | 'dnsNames'> = {},
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
