/**
 * How long a sync of many devices takes, against reading the same pages and loading the same rows in bulk, in one run on one machine.
 *
 *   npm run bench:inventory [-- DEVICES]
 *
 * PostgreSQL is measured where Debian's is installed.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { composeInventoryTenant, type InventoryTenant } from '../src/composeInventory.ts';
import { openExpressionEngine } from '../src/inventory/expressions/expressionEngine.ts';
import { parseMapping } from '../src/inventory/mapping/parseMapping.ts';
import { planMapping } from '../src/inventory/mapping/planMapping.ts';
import type { Plan } from '../src/inventory/mapping/plan.ts';
import { readAllPages } from '../src/inventory/sync/readAllPages.ts';
import { runSync, type SyncResult } from '../src/inventory/sync/runSync.ts';
import { openDuckdbSession } from '../src/inventory/targets/duckdbSession.ts';
import { openTarget } from '../src/inventory/targets/openTarget.ts';
import { openPostgresSession } from '../src/inventory/targets/postgresSession.ts';
import {
  createPostgresServer,
  findPostgres,
  POSTGRES_PASSWORD,
  POSTGRES_USER,
} from '../test/full/postgresServer.ts';

const DEVICES = Number(process.argv[2] ?? 100_000);
const MAPPING = fileURLToPath(new URL('../examples/inventory/mapping.yaml', import.meta.url));
const TABLES = ['discovery', 'inventory'] as const;

interface Simulated {
  readonly graph: string;
  readonly authority: string;
  readonly caFile: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

interface Figure {
  readonly seconds: number;
  readonly result: SyncResult;
  /** Resident memory after a tenth of the devices, and at its highest after that. */
  readonly memoryMb: readonly [number, number];
}

const folder = mkdtempSync(join(tmpdir(), 'intune-gate-bench-'));
const simulator = spawn(
  process.execPath,
  ['--import', 'tsx', 'src/main.ts', 'simulate', '--port', '0', '--devices', String(DEVICES), '--json'],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
try {
  const facts = await readyLine(simulator);
  const tenant = composeInventoryTenant({
    tenantId: facts.tenantId,
    clientId: facts.clientId,
    credential: { kind: 'clientSecret', clientSecret: facts.clientSecret },
    authority: facts.authority,
    graph: facts.graph,
    extraCaPems: [readFileSync(facts.caFile, 'utf8')],
    pacing: { calls: 1_000_000, windowMs: 20_000 },
  });
  try {
    await measureDuckdb(tenant);
    await measurePostgres(tenant);
  } finally {
    await tenant.close();
  }
} finally {
  simulator.kill('SIGINT');
  rmSync(folder, { recursive: true, force: true });
}

async function measureDuckdb(tenant: InventoryTenant): Promise<void> {
  const settings = { kind: 'duckdb', file: join(folder, 'inventory.duckdb') };
  // The first reading warms up the simulator and this process; it is not counted.
  await timeReading(tenant, await planFor(settings));
  const reading = await timeReading(tenant, await planFor(settings));
  const first = await timeSync(tenant, settings);
  const second = await timeSync(tenant, settings);
  const rows = await dumpRows(settings.file);
  const bare = await openDuckdbSession(join(folder, 'bare.duckdb'));
  const loading = await timed(async () => {
    for (const { name, columns, file } of rows) {
      await bare.run(
        `CREATE TABLE ${name} (${columns.map(({ name: column, type }, index) => `"${column}" ${type}${index === 0 ? ' PRIMARY KEY' : ''}`).join(', ')})`,
      );
      await bare.run(
        `COPY ${name} FROM '${file}' (FORMAT csv, HEADER true, QUOTE '"', ESCAPE '"', AUTO_DETECT false)`,
      );
    }
  });
  await bare.close();
  tell('DuckDB', 1.5, reading, loading, first, second);
}

async function measurePostgres(tenant: InventoryTenant): Promise<void> {
  const bin = findPostgres();
  if (bin === undefined) return;
  const server = await createPostgresServer(bin, folder);
  try {
    server.sql(`CREATE DATABASE inventory OWNER ${POSTGRES_USER}`);
    server.sql(`CREATE DATABASE bare OWNER ${POSTGRES_USER}`);
    const settings = {
      kind: 'postgres',
      host: '127.0.0.1',
      port: server.port,
      database: 'inventory',
      user: POSTGRES_USER,
      create: true,
    };
    const access = { password: POSTGRES_PASSWORD, caPem: server.caPem };
    const reading = await timeReading(tenant, await planFor(settings));
    const first = await timeSync(tenant, settings, access);
    const second = await timeSync(tenant, settings, access);
    const session = await openPostgresSession({
      host: '127.0.0.1',
      port: server.port,
      database: 'inventory',
      user: POSTGRES_USER,
      password: POSTGRES_PASSWORD,
      tls: { caPem: server.caPem },
    });
    const tables: {
      readonly name: string;
      readonly columns: Awaited<ReturnType<typeof session.columnsOf>>;
    }[] = [];
    for (const name of TABLES) tables.push({ name, columns: await session.columnsOf(name) });
    await session.close();
    const psql = (database: string, statement: string): void => {
      execFileSync(
        join(bin, 'psql'),
        [
          '-h',
          '127.0.0.1',
          '-p',
          String(server.port),
          '-U',
          'operator',
          '-d',
          database,
          '-X',
          '-q',
          '-v',
          'ON_ERROR_STOP=1',
          '-c',
          statement,
        ],
        { env: { ...process.env, PGPASSWORD: POSTGRES_PASSWORD } },
      );
    };
    for (const { name } of tables) psql('inventory', `\\copy ${name} TO '${join(folder, `${name}.pg`)}'`);
    const loading = await timed(async () => {
      for (const { name, columns } of tables) {
        psql(
          'bare',
          `CREATE TABLE ${name} (${columns.map(({ name: column, type }, index) => `"${column}" ${type}${index === 0 ? ' PRIMARY KEY' : ''}`).join(', ')})`,
        );
        psql('bare', `\\copy ${name} FROM '${join(folder, `${name}.pg`)}'`);
      }
      return Promise.resolve();
    });
    tell('PostgreSQL', 2, reading, loading, first, second);
  } finally {
    await server.stop();
  }
}

/** The mapping of the documentation. Fields that are read device by device are left unread: a bare reading of pages has none either. */
async function planFor(target: object): Promise<Plan> {
  const mapping = parse(readFileSync(MAPPING, 'utf8')) as Record<string, unknown>;
  const parsed = parseMapping(stringify({ ...mapping, target, sync: { detailsPerRun: 0 } }), 'mapping.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
  const engine = await openExpressionEngine(Date.now());
  try {
    const planned = await planMapping(parsed, engine);
    if (!planned.ok) throw new Error(JSON.stringify(planned.findings));
    return planned.plan;
  } finally {
    engine.close();
  }
}

/** Seconds to read every page and do nothing with it. */
async function timeReading({ feed }: InventoryTenant, plan: Plan): Promise<number> {
  const query = { select: plan.fields.filter(({ onlyById }) => !onlyById).map(({ graph }) => graph) };
  let devices = 0;
  const seconds = await timed(async () => {
    for await (const { rows } of readAllPages({
      feed,
      query,
      signal: new AbortController().signal,
      now: Date.now,
    }))
      devices += rows.length;
  });
  if (devices < DEVICES) throw new Error(`only ${devices} devices were read`);
  return seconds;
}

async function timeSync(
  tenant: InventoryTenant,
  settings: object,
  access: { password?: string; caPem?: string } = {},
): Promise<Figure> {
  let atTenth = 0;
  let highest = 0;
  let result: SyncResult | undefined;
  const seconds = await timed(async () => {
    const plan = await planFor(settings);
    const engine = await openExpressionEngine(Date.now());
    const target = await openTarget({
      plan,
      access: { locate: (file) => file, exists: () => true, password: access.password, caPem: access.caPem },
      now: Date.now,
      lookOnly: false,
    });
    try {
      result = await runSync({
        plan,
        engine,
        feed: tenant.feed,
        target,
        full: true,
        dryRun: false,
        host: hostname(),
        signal: new AbortController().signal,
        now: Date.now,
        onProgress({ devices }) {
          const memory = process.memoryUsage.rss() / 2 ** 20;
          if (devices <= DEVICES / 10) atTenth = Math.max(atTenth, memory);
          else highest = Math.max(highest, memory);
        },
      });
    } finally {
      await target.close();
      engine.close();
    }
  });
  if (result === undefined) throw new Error('no result');
  return { seconds, result, memoryMb: [atTenth, highest] };
}

/** The rows of a sync as CSV, the form from which DuckDB loads in bulk. */
async function dumpRows(
  database: string,
): Promise<readonly { name: string; columns: readonly { name: string; type: string }[]; file: string }[]> {
  const session = await openDuckdbSession(database);
  const dumped = [];
  for (const name of TABLES) {
    const file = join(folder, `${name}.csv`);
    await session.run(`COPY ${name} TO '${file}' (FORMAT csv, HEADER true)`);
    dumped.push({ name, columns: await session.columnsOf(name), file });
  }
  await session.close();
  return dumped;
}

function tell(
  name: string,
  most: number,
  reading: number,
  loading: number,
  first: Figure,
  second: Figure,
): void {
  const ratio = first.seconds / (reading + loading);
  const lines = [
    `${name}, ${first.result.devices} devices`,
    `  reading the pages   ${reading.toFixed(2)} s`,
    `  bulk load           ${loading.toFixed(2)} s, both tables`,
    `  full sync           ${first.seconds.toFixed(2)} s, ${first.result.counts.rowsWritten} rows written`,
    `  ratio               ${ratio.toFixed(2)} (at most ${most})`,
    `  second run          ${second.seconds.toFixed(2)} s, ${second.result.counts.rowsWritten} rows written`,
    `  memory              ${first.memoryMb[0].toFixed(0)} MiB after a tenth, at most ${first.memoryMb[1].toFixed(0)} MiB after it; second run ${second.memoryMb[0].toFixed(0)}, ${second.memoryMb[1].toFixed(0)}`,
    '',
  ];
  process.stdout.write(lines.join('\n'));
  if (ratio > most || second.result.counts.rowsWritten > 0) process.exitCode = 1;
  writeFileSync(join(folder, `${name}.txt`), lines.join('\n'));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

async function readyLine({ stdout }: ChildProcess): Promise<Simulated> {
  if (stdout === null) throw new Error('the simulator says nothing');
  for await (const line of createInterface({ input: stdout })) return JSON.parse(line) as Simulated;
  throw new Error('the simulator ended');
}
