import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Simulator } from '../simulator/simulator.ts';
import type { DemoDevice } from './demoDevices.ts';
import type { DemoUsers } from './demoUsers.ts';
import { writeDeviceCertificates } from './deviceCertificates.ts';
import { hashApiKey } from './key.ts';
import { describeSimulator } from './simulate.ts';

/** The files of one demo, all in one temporary folder that only its owner can read. */
export interface DemoFolder {
  readonly caFile: string;
  readonly configFile: string;
  /** A request that presents the certificate of the first device, ready for `curl --data @FILE`. */
  readonly certificateRequestFile: string;
  certificateOf(deviceId: string): DemoCertificate;
}

/** The files of a device. */
export interface DemoCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** To import into a browser, with the passphrase of the demo; for the devices that the guide shows. */
  readonly pkcs12File?: string;
}

export interface DemoFolderOptions {
  readonly simulator: Simulator;
  readonly apiKey: string;
  readonly approverKey: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly devices: readonly DemoDevice[];
  readonly people: DemoUsers;
  /** Origins whose pages may use the journeys. */
  readonly pageOrigins: readonly string[];
}

/** The journey that lets everybody in, to see how their device stands. */
const DEMO_DEVICE_JOURNEY = 'DeviceStatus';

/** The journey that the demo offers. */
export const DEMO_JOURNEY = 'IntuneDeviceCompliance';

const CERTIFICATE_HEADER = 'x-ssl-client-cert';

/** Writes into the folder a configuration as an operator would, and a certificate for each device, from a CA of the demo's own. */
export function fillDemoFolder(folder: string, options: DemoFolderOptions): DemoFolder {
  const { simulator, devices, people } = options;
  const write = (name: string, content: string): string => {
    const file = join(folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const facts = describeSimulator(simulator, write('ca.pem', simulator.caPem));
  write('client-secret', facts.clientSecret);
  write(people.identity.state.key.file, people.stateKey);

  const gateCertificate = simulator.certificateAuthority.issue({
    commonName: 'intune-gate',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  write('gate.pem', gateCertificate.certificatePem);
  write('gate.key', gateCertificate.privateKeyPem);

  const certificates = writeDeviceCertificates(
    folder,
    devices.map(({ id }) => id),
  );

  const configFile = write('config.yaml', stringify(demoConfig(facts, options)));
  const certificateRequestFile = write(
    'certificate-request.json',
    JSON.stringify({
      node: 'default',
      request: {
        headers: {
          [CERTIFICATE_HEADER]: [
            encodeURIComponent(certificates.get(devices[0]?.id ?? '')?.certificatePem ?? ''),
          ],
        },
      },
    }),
  );

  return {
    caFile: facts.caFile,
    configFile,
    certificateRequestFile,
    certificateOf(deviceId) {
      const { certificateFile = '', keyFile = '', pkcs12File } = certificates.get(deviceId) ?? {};
      return { certificateFile, keyFile, ...(pkcs12File === undefined ? {} : { pkcs12File }) };
    },
  };
}

function demoConfig(
  facts: ReturnType<typeof describeSimulator>,
  { apiKey, approverKey, port, tlsPort, people, pageOrigins }: DemoFolderOptions,
): object {
  const from = ['demo', 'loopback'];
  const deviceId = [
    { source: 'header', name: 'x-intune', from },
    { source: 'sharedState', key: 'x-intune', from },
    { source: 'certificate', header: CERTIFICATE_HEADER, trust: { anchors: ['device-ca.pem'] }, from },
    { source: 'connection', trust: { anchors: ['device-ca.pem'] } },
  ];
  return {
    listen: { host: '127.0.0.1', port, monitoring: true },
    alsoListen: [
      {
        host: '127.0.0.1',
        port: tlsPort,
        tls: { certificateFile: 'gate.pem', privateKeyFile: 'gate.key', devices: true },
      },
    ],
    tenants: {
      default: {
        tenantId: facts.tenantId,
        clientId: facts.clientId,
        credential: { kind: 'clientSecret', clientSecret: { file: 'client-secret' } },
        authority: facts.authority,
        graph: facts.graph,
        caFile: 'ca.pem',
        proxy: 'none',
        // The stand-in has no limit of its own.
        pacing: { deviceCalls: 1_000_000 },
      },
    },
    // Whoever plays with the stand-in's tokens and secrets, too, wants to see soon what comes of it.
    answers: {
      compliantSeconds: 2,
      otherSeconds: 2,
      notFoundSeconds: 2,
      entraSeconds: 2,
      appsSeconds: 2,
      staleSeconds: 0,
      recheckSeconds: 1,
    },
    nodes: {
      default: { deviceId, saveDeviceProperties: 'all', maxCheckInAgeHours: 720 },
      withApps: { deviceId, saveDeviceProperties: ['deviceName', 'osVersion'], saveInstalledApps: 'json' },
      strict: { deviceId, maxCheckInAgeHours: 24, requireSameUser: {}, requireEnabledEntraDevice: true },
      asPing: {
        deviceId,
        saveDeviceProperties: 'all',
        saveInstalledApps: 'ping',
        pingErrorKeys: true,
        outcomes: { deviceNotFound: 'Error' },
      },
    },
    identity: people.identity,
    journeys: {
      files: ['journeys', 'pages'].map((folder) =>
        fileURLToPath(new URL(`../../examples/${folder}`, import.meta.url)),
      ),
      default: DEMO_JOURNEY,
      from: ['loopback'],
      corsOrigins: pageOrigins,
      certificates: { trust: { anchors: ['device-ca.pem'] } },
      // Whatever tenant an imported IntuneNode names, the stand-in answers.
      nodeFor: { '*': 'asPing' },
      operations: { grants: ['READ', 'PROPOSE', 'MUTATE'] },
      sessions: { cookieSecure: false },
    },
    // A recheck follows whatever somebody changes in the stand-in; nobody who plays wants to wait.
    pages: {
      deviceJourney: DEMO_DEVICE_JOURNEY,
      tellDevices: true,
      recheckSeconds: 10,
      watchSeconds: 120,
      callers: ['demo'],
    },
    // Everybody on this machine: so that one curl line is enough. No real gate should have this.
    proxies: [{ name: 'loopback', addresses: ['127.0.0.0/8', '::1'], withoutCertificate: true }],
    callers: [
      {
        name: 'demo',
        apiKeySha256: [hashApiKey(apiKey)],
        nodes: ['default', 'withApps', 'strict', 'asPing'],
        grants: ['READ', 'PROPOSE', 'MUTATE'],
      },
      { name: 'approver', apiKeySha256: [hashApiKey(approverKey)], grants: ['READ', 'APPROVE'] },
    ],
  };
}
