import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { composeInventoryTenant, type InventoryTenant } from '../../src/composeInventory.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { findDeviceToChange } from '../../src/simulator/deviceTable.ts';
import { fleetId } from '../../src/simulator/fleet.ts';
import { mappingText } from './inventoryHarness.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEVICES = 800;
const STARTED_WITHIN_MS = 60_000;

/** Tables and columns that tell what is known of devices; the rest tells when and by which run it was written. */
export const COMPARED = [
  'SELECT "Intune_Id", "SystemName", "SerialNo", "Compliance", "Model", "Last_Seen", "Category", "Store", intune_device_id, lifecycle FROM inventory ORDER BY 1',
  'SELECT device_id, device_name, compliance_state, model, last_sync_date_time, lifecycle FROM discovery ORDER BY 1',
] as const;

/** A simulator whose devices a process of its own copies, until it is killed. */
export interface KillGround {
  readonly simulator: Simulator;
  readonly tenant: InventoryTenant;
  /** Text of a mapping for a target, as the killed process reads it. */
  text(target: object): string;
  /** Changes some devices, differently each round. */
  change(round: number): void;
  /** Starts a sync as a process and kills it `afterMs` after it first asked for devices. @returns how it ended */
  killSync(
    target: object,
    afterMs: number,
    environment?: Record<string, string>,
  ): Promise<number | NodeJS.Signals>;
  close(): Promise<void>;
}

export async function openKillGround(folder: string): Promise<KillGround> {
  const world = createWorld({ now: Date.now, fleetSize: DEVICES });
  world.pageSizes.managedDevices = 50;
  const simulator = await startSimulator({ host: '127.0.0.1', port: 0, world });
  const [app] = world.apps;
  const credential = { kind: 'clientSecret', clientSecret: app?.secrets[0]?.value ?? '' } as const;
  const tenantSettings = {
    tenantId: world.tenant.id,
    clientId: app?.clientId ?? '',
    authority: simulator.origin,
    graph: simulator.origin,
  };
  writeFileSync(join(folder, 'ca.pem'), simulator.caPem);
  writeFileSync(join(folder, 'secret'), credential.clientSecret);
  writeFileSync(
    join(folder, 'gate.yaml'),
    JSON.stringify({
      tenants: {
        default: {
          ...tenantSettings,
          credential: { kind: 'clientSecret', clientSecret: { file: 'secret' } },
          caFile: 'ca.pem',
          proxy: 'none',
          pacing: { deviceCalls: 1_000_000 },
        },
      },
      nodes: { default: { deviceId: [{ source: 'header', name: 'x-intune', from: ['nobody'] }] } },
      callers: [{ name: 'nobody', apiKeySha256: ['0'.repeat(64)], nodes: ['default'] }],
    }),
  );
  const tenant = composeInventoryTenant({
    ...tenantSettings,
    credential,
    extraCaPems: [simulator.caPem],
    pacing: { calls: 1_000_000, windowMs: 20_000 },
  });
  const text = (target: object): string =>
    mappingText((mapping) => {
      mapping['target'] = target;
      mapping['sync'] = { batch: 50, detailsPerRun: 0 };
    });
  const asked = (): number =>
    simulator.requests().filter(({ endpoint }) => endpoint === 'managedDevices').length;

  return {
    simulator,
    tenant,
    text,
    change(round) {
      for (let number = 1 + (round % 7); number <= DEVICES; number += 7) {
        const device = findDeviceToChange(world, fleetId('c', number));
        if (device !== undefined) device.properties.model = `Model of round ${round}`;
      }
    },
    async killSync(target, afterMs, environment = {}) {
      const mapping = join(folder, 'mapping.yaml');
      writeFileSync(mapping, text(target));
      const before = asked();
      const child = spawn(
        process.execPath,
        [
          '--import',
          'tsx',
          'src/main.ts',
          'inventory',
          'sync',
          '--full',
          '--config',
          join(folder, 'gate.yaml'),
          '--mapping',
          mapping,
        ],
        {
          cwd: ROOT,
          env: { ...process.env, ...environment },
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
      const ended = endOf(child);
      const deadline = Date.now() + STARTED_WITHIN_MS;
      while (asked() === before) {
        if (child.exitCode !== null || Date.now() > deadline) {
          child.kill('SIGKILL');
          throw new Error(`the sync did not begin; it said: ${said}`);
        }
        await sleep(2);
      }
      await sleep(afterMs);
      child.kill('SIGKILL');
      return ended;
    },
    async close() {
      await tenant.close();
      await simulator.close();
    },
  };
}

function endOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? -1)));
}
