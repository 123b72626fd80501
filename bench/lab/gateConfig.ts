import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import type { configJsonSchema } from '../../src/config/configSchema.ts';
import { journeysConfig } from './journeysConfig.ts';
import type { SimulatorFacts } from './simulatorProcess.ts';

/** What an operator would change for a benchmark, and why. Each is written only if the gate that is measured has such a setting. */
const LIFTED: readonly { readonly path: readonly string[]; readonly value: unknown; readonly why: string }[] =
  [
    {
      path: ['tenants', 'default', 'pacing'],
      value: { deviceCalls: 1_000_000, perSeconds: 1 },
      why: 'pacing of calls to Microsoft is lifted: the simulator is not throttled',
    },
    {
      path: ['limits', 'concurrentDecisions'],
      value: 100_000,
      why: 'the limit on concurrent decisions is lifted: 10,000 arrive at once',
    },
  ];

/** For the largest fleet that is followed here, two answers of each device. */
const ROOM = 250_000;

/** The gate's configuration as an operator would write it, in files in `folder`. */
export async function writeGateConfig(options: {
  readonly folder: string;
  readonly built: string;
  readonly port: number;
  readonly apiKey: string;
  readonly simulator: SimulatorFacts;
  /** It lists all devices beforehand, and has room for them. */
  readonly follows?: boolean;
  /** It runs the documented journey for so many people. */
  readonly people?: number;
  /** What else it says; a key of the configuration as a whole. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
}): Promise<{ readonly file: string; readonly lifted: readonly string[] }> {
  const { folder, port, apiKey, simulator } = options;
  writeFileSync(join(folder, 'client-secret'), simulator.clientSecret, { mode: 0o600 });
  const caller = {
    name: 'bench',
    apiKeySha256: [createHash('sha256').update(apiKey).digest('hex')],
    nodes: ['default'],
  };
  const config: ConfigTree = {
    listen: { host: '127.0.0.1', port },
    tenants: {
      default: {
        tenantId: simulator.tenantId,
        clientId: simulator.clientId,
        credential: { kind: 'clientSecret', clientSecret: { file: 'client-secret' } },
        authority: simulator.authority,
        graph: simulator.graph,
        caFile: simulator.caFile,
        proxy: 'none',
        ...(options.follows === true ? { follow: {} } : {}),
      },
    },
    nodes: {
      default: {
        deviceId: [
          {
            source: 'header',
            name: 'x-intune',
            from: options.people === undefined ? ['bench'] : ['loopback'],
          },
        ],
      },
    },
    callers: [caller],
    limits: {},
    ...(options.people === undefined ? {} : await journeysConfig(folder, options.people)),
    ...(options.follows === true ? { answers: { entries: ROOM } } : {}),
    ...options.more,
  };
  const schema = await readSchema(options.built);
  if (knowsSetting(schema, ['operations'])) config['callers'] = [{ ...caller, grants: ['READ'] }];
  const lifted = LIFTED.filter(({ path }) => knowsSetting(schema, path));
  for (const { path, value } of lifted) setAt(config, path, value);
  const file = join(folder, 'gate.yaml');
  writeFileSync(file, stringify(config));
  return { file, lifted: lifted.map(({ why }) => why) };
}

interface ConfigTree {
  [name: string]: unknown;
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
}

/** The schema of the gate that is measured, which need not be the one of this source. */
async function readSchema(built: string): Promise<SchemaNode> {
  const module = (await import(pathToFileURL(join(built, 'config/configSchema.js')).href)) as {
    readonly configJsonSchema: typeof configJsonSchema;
  };
  return module.configJsonSchema();
}

function knowsSetting(schema: SchemaNode, path: readonly string[]): boolean {
  let node = schema;
  for (const name of path) {
    const further = settingOf(node, name);
    if (further === undefined) return false;
    node = further;
  }
  return true;
}

/** Of a record every name is good, so its values are looked at. */
function settingOf({ properties, additionalProperties }: SchemaNode, name: string): SchemaNode | undefined {
  return properties?.[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
}

function setAt(tree: ConfigTree, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) tree[name] = value;
  else setAt((tree[name] ??= {}) as ConfigTree, rest, value);
}
