import { composeGate, type Gate } from '../compose.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { createLogger, type Logger } from '../http/logging.ts';
import type { Command } from './command.ts';
import { demoDevices, type DemoDevice } from './demoDevices.ts';
import { describeDemo } from './demoGuide.ts';
import { DEMO_JOURNEY, fillDemoFolder, type DemoCertificate } from './demoFolder.ts';
import { PKCS12_PASSPHRASE } from './deviceCertificates.ts';
import { createDemoUsers, type DemoUser } from './demoUsers.ts';
import { createApiKey } from './key.ts';
import { openGate } from './openGate.ts';
import { parseOptions, parsePort } from './parseOptions.ts';
import { describeSimulator, startOn } from './simulate.ts';
import { makeTemporaryFolder } from './temporaryFolder.ts';
import { untilStopped } from './untilStopped.ts';

const HOST = '127.0.0.1';
const SIMULATOR_PORT = 8443;
const TLS_PORT = 8444;
/** The demo's configuration stands alone; what is set for a real gate on this machine is not meant for it. */
const NO_ENVIRONMENT = {};

export const demoCommand: Command = {
  name: 'demo',
  summary: 'try it: simulator and gate on loopback, with curl lines to paste',
  help: `
Usage: intune-gate demo [--port N] [--tls-port N] [--simulator-port N] [--page-origin ORIGIN]... [--json]

Starts a stand-in for Microsoft and a gate that asks it, both on loopback, and prints what to try. Everything is made anew at each
start and removed at the end.

--port N            port of the gate, default 8080; 0 picks free ports for everything
--tls-port N        port where the gate ends TLS itself and asks devices for their certificate, default 8444
--simulator-port N  port of the stand-in, default 8443
--page-origin URL   origin of a page that may use the journeys, e.g. http://127.0.0.1:5173 (examples/browser); default: none may
--json              print one line of JSON with everything a client needs, and no guide

The demo believes the header x-intune from anyone who holds its API key, and from everybody on this machine, so that one curl line is
enough. A real gate believes only the callers and proxies that its configuration names.
It remembers answers for two seconds only, and for none in an outage; what is changed in the stand-in is seen at the next decision.
`,
  async run(args, io) {
    const { values } = parseOptions(args, {
      port: { type: 'string', default: '8080' },
      'tls-port': { type: 'string' },
      'simulator-port': { type: 'string' },
      'page-origin': { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean' },
    });
    const port = parsePort(values.port);
    const portOr = (given: string | undefined, usual: number): number =>
      parsePort(given ?? String(port === 0 ? 0 : usual));
    const simulatorPort = portOr(values['simulator-port'], SIMULATOR_PORT);
    const tlsPort = portOr(values['tls-port'], TLS_PORT);
    const folder = makeTemporaryFolder('demo');
    try {
      let gate: Gate | undefined;
      // A real gate hears of changes when its answers end; whoever tries things out wants to see them at once.
      const simulator = await startOn(HOST, simulatorPort, { onChange: () => gate?.forget() });
      try {
        const apiKey = createApiKey();
        const approverKey = createApiKey();
        const devices = demoDevices(simulator.world);
        const people = await createDemoUsers(folder.path, simulator.world.tenant.domain, io.stopped);
        const pageOrigins = values['page-origin'];
        const files = fillDemoFolder(folder.path, {
          simulator,
          apiKey,
          approverKey,
          port,
          tlsPort,
          devices,
          people,
          pageOrigins,
        });
        const logger = createLogger('warn');
        gate = composeGate(loadConfig(files.configFile, NO_ENVIRONMENT), { logger });
        await runGate(gate, logger, ([origin = '', gateTls = '']) => {
          const facts: DemoFacts = {
            gate: origin,
            gateTls,
            apiKey,
            approverKey,
            ...describeSimulator(simulator, files.caFile),
            configFile: files.configFile,
            users: people.users,
            journey: DEMO_JOURNEY,
            pages: { login: `${gateTls}/login`, device: `${gateTls}/device` },
            pkcs12Passphrase: PKCS12_PASSPHRASE,
            devices: devices.map((device) => ({ ...device, ...files.certificateOf(device.id) })),
          };
          io.out(values.json === true ? `${JSON.stringify(facts)}\n` : describeDemo(facts, files));
          return untilStopped(io.stopped);
        });
      } finally {
        await simulator.close();
      }
    } finally {
      folder.remove();
    }
    if (values.json !== true) io.out('\nStopped.\n');
    return 0;
  },
};

/** Listens for as long as `use` lasts, which is told the origins. */
async function runGate(
  gate: Gate,
  logger: Logger,
  use: (origins: readonly string[]) => Promise<void>,
): Promise<void> {
  try {
    const open = await openGate({ config: gate.config, surface: () => gate.surface, logger });
    try {
      await use(open.origins);
    } finally {
      await open.close();
    }
  } finally {
    await gate.close();
  }
}

/** The ready line. Keys may be added; none is ever renamed. */
export interface DemoFacts extends ReturnType<typeof describeSimulator> {
  readonly gate: string;
  /** Where the gate ends TLS itself. */
  readonly gateTls: string;
  readonly apiKey: string;
  /** Of another principal: may approve what the first one asks for. */
  readonly approverKey: string;
  readonly configFile: string;
  readonly users: readonly DemoUser[];
  /** Name of the journey to try. */
  readonly journey: string;
  /** To open in a browser that has the certificate of a device. */
  readonly pages: { readonly login: string; readonly device: string };
  /** Of the files in which devices have a certificate for browsers. */
  readonly pkcs12Passphrase: string;
  readonly devices: readonly (DemoDevice & DemoCertificate)[];
}
