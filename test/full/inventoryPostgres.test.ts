import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresSession } from '../../src/inventory/targets/postgresSession.ts';
import type { SqlSession } from '../../src/inventory/targets/sqlSession.ts';
import { createFakeFeed, fakeDevice } from '../inventory/fakeFeed.ts';
import { mappingText, sync, syncErrorOf } from '../inventory/inventoryHarness.ts';
import { targetContract, type ContractTarget } from '../inventory/targetContract.ts';
import {
  createPostgresServer,
  findPostgres,
  POSTGRES_PASSWORD,
  POSTGRES_USER,
  type PostgresServer,
} from './postgresServer.ts';

const bin = findPostgres();

describe.skipIf(bin === undefined)('PostgreSQL', () => {
  const parent = mkdtempSync(join(tmpdir(), 'intune-gate-postgres-'));
  const sessions: SqlSession[] = [];
  let server: PostgresServer;
  let databases = 0;

  beforeAll(async () => {
    server = await createPostgresServer(bin ?? '', parent);
    writeFileSync(join(parent, 'ca.pem'), server.caPem);
  });
  afterAll(async () => {
    await Promise.all(sessions.map((session) => session.close()));
    await server.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  const createDatabase = (): string => {
    databases += 1;
    const name = `inventory${databases}`;
    server.sql(`CREATE DATABASE ${name} OWNER ${POSTGRES_USER}`);
    return name;
  };
  const settingsFor = (database: string): Record<string, unknown> => ({
    kind: 'postgres',
    host: '127.0.0.1',
    port: server.port,
    database,
    user: POSTGRES_USER,
    create: true,
  });
  const access = () => ({ password: POSTGRES_PASSWORD, caPem: server.caPem });
  const open = async (): Promise<ContractTarget> => {
    const database = createDatabase();
    const session = await openPostgresSession({
      host: '127.0.0.1',
      port: server.port,
      database,
      user: POSTGRES_USER,
      password: POSTGRES_PASSWORD,
      tls: { caPem: server.caPem },
    });
    sessions.push(session);
    return { settings: settingsFor(database), access: access(), rows: (sql) => session.rows(sql) };
  };

  targetContract('PostgreSQL', open);

  describe('with tables of the user’s own', () => {
    const OWN = `CREATE TABLE assets (asset_no varchar(40) PRIMARY KEY, hostname varchar(12), ram numeric(6,1), seen timestamptz, remark text,
      intune_device_id text, lifecycle text, lifecycle_since timestamptz, created_at timestamptz, changed_at timestamptz, changed_by text)`;
    const own = (database: string, columns: Record<string, unknown>): string =>
      mappingText((mapping) => {
        mapping['target'] = {
          ...settingsFor(database),
          create: false,
          tables: { inventory: 'assets', discovery: 'intune_seen' },
          bookkeeping: 'sync',
        };
        mapping['key'] = 'asset_no';
        mapping['columns'] = columns;
        delete mapping['categories'];
        delete mapping['defaults'];
      });

    test('rows fit the columns that are there, and a second run writes none', async () => {
      const database = createDatabase();
      server.sql(`SET ROLE ${POSTGRES_USER}; ${OWN}`, database);
      const text = own(database, {
        asset_no: 'Id',
        hostname: 'DeviceName',
        ram: 'TotalStorageBytes / 1073741824.0',
        seen: 'LastSyncDateTime',
      });
      const feed = createFakeFeed([fakeDevice(1), fakeDevice(2, { deviceName: 'a name that is too long' })]);
      const first = await sync({ text, feed, ...access() });
      expect(first.counts).toMatchObject({ new: 1, skipped: { 'valueTooLong: hostname': 1 } });
      expect(server.sql('SELECT hostname, ram, remark IS NULL FROM assets', database)).toBe(
        'LAPTOP-1|238.4|t',
      );
      server.sql("UPDATE assets SET remark = 'mine'", database);
      expect((await sync({ text, feed, full: true, ...access() })).counts).toMatchObject({ rowsWritten: 0 });
    });

    test('columns that are missing or of another type, and a key that is not kept unique, are findings with lines', async () => {
      const database = createDatabase();
      server.sql(`SET ROLE ${POSTGRES_USER}; ${OWN.replace(' PRIMARY KEY', '')}`, database);
      const text = own(database, {
        asset_no: 'Id',
        host: 'DeviceName',
        seen: "CASE WHEN IsEncrypted = 1 THEN 'x' END",
      });
      const { findings } = await syncErrorOf(
        sync({ text, feed: createFakeFeed([fakeDevice(1)]), ...access() }),
      );
      expect(findings.map(({ code, message }) => [code, message])).toEqual([
        ['unknownColumn', 'the table assets has no column host.'],
        [
          'typeMismatch',
          'seen gives text, which cannot fit the type timestamp with time zone of the target.',
        ],
        ['unfitIdentifier', 'the target does not keep asset_no unique.'],
      ]);
      expect(findings.every(({ line, file }) => line !== undefined && file === 'mapping.yaml')).toBe(true);
      expect(server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database)).toBe('1');
    });
  });

  test('personal columns are marked in the schema', async () => {
    const target = await open();
    await sync({
      text: mappingText((mapping) => void (mapping['target'] = target.settings)),
      feed: createFakeFeed([fakeDevice(1)]),
      ...access(),
    });
    const marked = await target.rows(
      "SELECT attname FROM pg_attribute WHERE col_description(attrelid, attnum) = 'personal data' ORDER BY 1",
    );
    expect(marked.map((row) => row['attname'])).toEqual(['Owner_Login', 'user_principal_name']);
  });

  test('a server that dies in the middle of a run loses the batch, and the next run goes on', async () => {
    const target = await open();
    const text = mappingText((mapping) =>
      Object.assign(mapping, { target: target.settings, sync: { batch: 3 } }),
    );
    const feed = createFakeFeed(Array.from({ length: 12 }, (_, index) => fakeDevice(index + 1)));
    let died: Promise<void> | undefined;
    feed.beforePage = (page) => {
      if (page === 4) died ??= server.crash();
    };
    const slow = {
      ...feed,
      readPage: async (...args: Parameters<typeof feed.readPage>) => {
        const answer = await feed.readPage(...args);
        await died;
        return answer;
      },
    };
    const error = await syncErrorOf(sync({ text, feed: slow, ...access() }));
    expect([error.kind, error.message.includes(POSTGRES_PASSWORD)]).toEqual(['target', false]);
    feed.beforePage = () => undefined;
    await server.start();
    expect(await sync({ text, feed, ...access() })).toMatchObject({ continued: true });
    expect(server.sql('SELECT count(*) FROM inventory', String(target.settings['database']))).toBe('12');
  });

  test('a wrong password, and a server with a certificate of nobody, are said without a secret', async () => {
    const text = mappingText((mapping) => void (mapping['target'] = settingsFor(createDatabase())));
    const { TargetError } = await import('../../src/inventory/targets/targetError.ts');
    const feed = createFakeFeed([fakeDevice(1)]);
    await expect(sync({ text, feed, password: 'wrong', caPem: server.caPem })).rejects.toThrow(TargetError);
    await expect(sync({ text, feed, password: POSTGRES_PASSWORD })).rejects.toThrow(
      /PostgreSQL at 127\.0\.0\.1:\d+: [A-Z_]+$/,
    );
  });
});
