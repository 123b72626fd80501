import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { composeInventoryTenant, type InventoryTenant } from '../../composeInventory.ts';
import { loadConfig } from '../../config/loadConfig.ts';
import { describeFileError } from '../../config/resolution.ts';
import { GateError } from '../../errors.ts';
import { parseMapping, type MappingFile, type ParsedMapping } from '../../inventory/mapping/parseMapping.ts';
import type { TargetAccess } from '../../inventory/targets/openTarget.ts';
import type { Environment } from '../../config/environment.ts';
import { readInputFile } from './readInput.ts';

export const EXAMPLE_MAPPING = fileURLToPath(
  new URL('../../../examples/inventory/mapping.yaml', import.meta.url),
);

/** Where the files of a command are. */
export interface InventoryFiles {
  readonly config: string | undefined;
  readonly mapping: string | undefined;
  /** What relative paths of the mapping are relative to. */
  readonly folder: string | undefined;
}

/**
 * With `--demo`, the files are those of the demo that was started last on this machine, and its folder takes the target.
 *
 * @throws GateError `usage` if no demo runs
 */
export function locateFiles(values: {
  config?: string | undefined;
  mapping?: string | undefined;
  demo?: boolean | undefined;
}): InventoryFiles {
  if (values.demo !== true) {
    return {
      config: values.config,
      mapping: values.mapping,
      folder: values.mapping === undefined ? undefined : dirname(resolve(values.mapping)),
    };
  }
  if (values.config !== undefined) throw new GateError('usage', '--demo and --config exclude each other');
  const folder = newestDemo();
  if (folder === undefined)
    throw new GateError('usage', 'no demo runs on this machine; npm start starts one');
  return { config: join(folder, 'config.yaml'), mapping: values.mapping ?? EXAMPLE_MAPPING, folder };
}

/** Folders of demos can be entered by their owner only, and are removed at their end. */
function newestDemo(): string | undefined {
  const [newest] = readdirSync(tmpdir())
    .filter((name) => name.startsWith('intune-gate-demo-'))
    .map((name) => join(tmpdir(), name))
    .flatMap((path) => {
      const facts = statSync(path, { throwIfNoEntry: false });
      const isOwn = facts !== undefined && (process.getuid === undefined || facts.uid === process.getuid());
      return isOwn && existsSync(join(path, 'config.yaml')) ? [{ path, since: facts.mtimeMs }] : [];
    })
    .sort((a, b) => b.since - a.since);
  return newest?.path;
}

export function readMapping(file: string): ParsedMapping {
  return parseMapping(readInputFile(file), file);
}

/** The tenant a mapping reads, from the configuration of the gate. @throws GateError if there is none */
export function openTenant(config: string, name: string, environment: Environment): InventoryTenant {
  const { tenants } = loadConfig(config, environment);
  const setup = Object.hasOwn(tenants, name) ? tenants[name] : undefined;
  if (setup === undefined) throw new GateError('usage', `the configuration has no tenant ${name}`);
  return composeInventoryTenant(setup);
}

/** What the target of a mapping needs beside it. @throws GateError `configUnreadable` if a file or variable is missing */
export function targetAccess(
  { mapping: { target } }: MappingFile,
  folder: string,
  environment: Environment,
): TargetAccess {
  const locate = (file: string): string => resolve(folder, file);
  const read = (file: string): string => {
    try {
      return readFileSync(locate(file), 'utf8');
    } catch (error) {
      throw new GateError('configUnreadable', `${locate(file)} cannot be read: ${describeFileError(error)}`, {
        cause: error,
      });
    }
  };
  const password = target.kind === 'postgres' ? target.password : undefined;
  const fromVariable = password !== undefined && 'env' in password ? environment[password.env] : undefined;
  if (password !== undefined && 'env' in password && (fromVariable ?? '') === '')
    throw new GateError('configUnreadable', `the environment variable ${password.env} is not set`);
  return {
    locate,
    exists: existsSync,
    password: password !== undefined && 'file' in password ? read(password.file).trim() : fromVariable,
    caPem: target.kind === 'postgres' && target.caFile !== undefined ? read(target.caFile) : undefined,
  };
}
