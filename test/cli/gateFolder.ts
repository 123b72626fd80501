import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Simulator } from '../../src/simulator/simulator.ts';

/** A temporary folder for a configuration and the files it names. */
export interface GateFolder {
  readonly path: string;
  /** Writes a file and gives its path. */
  file(name: string, content: string | Uint8Array): string;
  /** Writes a configuration as YAML and gives its path. */
  config(value: unknown, name?: string): string;
  remove(): void;
}

export function createGateFolder(): GateFolder {
  const path = mkdtempSync(join(tmpdir(), 'intune-gate-test-'));
  const folder: GateFolder = {
    path,
    file(name, content) {
      const file = join(path, name);
      writeFileSync(file, content, { mode: 0o600 });
      return file;
    },
    config: (value, name = 'config.yaml') => folder.file(name, stringify(value)),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
  return folder;
}

export const API_KEY = 'igk_test_0123456789abcdefghijklmnopqrstuv';
export const API_KEY_SHA256 = createHash('sha256').update(API_KEY).digest('hex');

/** The tenant of a simulator as an operator would write it down; its secret and CA go into the folder. */
export function simulatedTenant(simulator: Simulator, folder: GateFolder): Record<string, unknown> {
  const [app] = simulator.world.apps;
  folder.file('ca.pem', simulator.caPem);
  folder.file('client-secret', `${app?.secrets[0]?.value ?? ''}\r\n`);
  return {
    tenantId: simulator.world.tenant.id,
    clientId: app?.clientId,
    credential: { kind: 'clientSecret', clientSecret: { file: 'client-secret' } },
    authority: simulator.origin,
    graph: simulator.origin,
    caFile: 'ca.pem',
    proxy: 'none',
  };
}

/** A whole configuration around one tenant: one node that reads x-intune from one caller. */
export function configWith(
  tenant: Record<string, unknown>,
  node: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    tenants: { default: tenant },
    nodes: { default: { deviceId: [{ source: 'header', from: ['journeys'] }], ...node } },
    callers: [{ name: 'journeys', apiKeySha256: [API_KEY_SHA256], nodes: ['default'] }],
  };
}
