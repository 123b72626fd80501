import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startMeasured, type MeasuredProcess } from '../lab/childProcess.ts';
import { freePort } from '../lab/freePort.ts';
import type { SimulatorFacts } from '../lab/simulatorProcess.ts';

export interface SoakGateOptions {
  readonly folder: string;
  /** The folder of the built program. */
  readonly built: string;
  readonly apiKey: string;
  readonly simulator: SimulatorFacts;
  /** Default: any free port. */
  readonly port?: number;
}

/** A gate whose answers live so short that Microsoft is asked all the time, and outages are bridged and felt within seconds. */
export async function startSoakGate(options: SoakGateOptions): Promise<MeasuredProcess> {
  const { apiKey, simulator, port = await freePort() } = options;
  const folder = mkdtempSync(join(options.folder, 'gate-'));
  const secretFile = join(folder, 'client-secret');
  writeFileSync(secretFile, simulator.clientSecret, { mode: 0o600 });
  const config = {
    listen: { host: '127.0.0.1', port },
    tenants: {
      default: {
        tenantId: simulator.tenantId,
        clientId: simulator.clientId,
        credential: { kind: 'clientSecret', clientSecret: { file: secretFile } },
        authority: simulator.authority,
        graph: simulator.graph,
        caFile: simulator.caFile,
        proxy: 'none',
        pacing: { deviceCalls: 1_000_000, perSeconds: 1 },
      },
    },
    nodes: {
      default: { deviceId: [{ source: 'header', name: 'x-intune', from: ['soak'] }], deadlineMs: 500 },
    },
    callers: [
      {
        name: 'soak',
        apiKeySha256: [createHash('sha256').update(apiKey).digest('hex')],
        nodes: ['default'],
      },
    ],
    answers: {
      compliantSeconds: 5,
      otherSeconds: 5,
      notFoundSeconds: 2,
      staleSeconds: 60,
      recheckSeconds: 1,
    },
  };
  const file = join(folder, 'gate.yaml');
  writeFileSync(file, stringify(config));
  return startMeasured({
    name: 'gate',
    file: join(options.built, 'main.js'),
    args: ['serve', '--config', file],
    port,
    folder,
    readyPath: '/livez',
  });
}
