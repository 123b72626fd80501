import { describe, expect, test } from 'vitest';
import type { RawDevice } from '../../src/inventory/sync/deviceFeed.ts';
import type { SqlRow } from '../../src/inventory/targets/sqlSession.ts';
import { createFakeFeed, fakeDevice, type FakeFeed } from './fakeFeed.ts';
import { mappingText, sync, syncErrorOf } from './inventoryHarness.ts';

/** An empty database of its own for each test. */
export interface ContractTarget {
  /** The `target` of a mapping. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly access?: { readonly password: string; readonly caPem: string };
  readonly rows: (sql: string) => Promise<readonly SqlRow[]>;
}

const DAY = 86_400_000;
const START = Date.parse('2026-11-21T00:00:00Z');

/** What every target that speaks SQL does the same way. */
export function targetContract(name: string, open: () => Promise<ContractTarget>): void {
  describe(`a target: ${name}`, () => {
    interface Stage {
      readonly target: ContractTarget;
      readonly feed: FakeFeed;
      readonly text: string;
      clock: number;
      readonly run: (options?: {
        full?: boolean;
        dryRun?: boolean;
        host?: string;
        signal?: AbortSignal;
      }) => ReturnType<typeof sync>;
    }

    const stage = async (
      devices: readonly RawDevice[],
      change: (mapping: Record<string, unknown>) => void = () => undefined,
    ): Promise<Stage> => {
      const target = await open();
      const feed = createFakeFeed(devices);
      const text = mappingText((mapping) => {
        mapping['target'] = target.settings;
        mapping['sync'] = { batch: 3 };
        change(mapping);
      });
      const self: Stage = {
        target,
        feed,
        text,
        clock: START,
        run: (options = {}) => sync({ text, feed, ...target.access, now: () => self.clock, ...options }),
      };
      return self;
    };
    const devices = (count: number): RawDevice[] =>
      Array.from({ length: count }, (_, index) => fakeDevice(index + 1));
    const setDevice = ({ feed }: Stage, number: number, changes: RawDevice): void => {
      const device = fakeDevice(number, changes);
      feed.devices.set(String(device['id']), device);
    };
    const idOf = (number: number): string => String(fakeDevice(number)['id']);

    test('the first run writes every device, and the second one no row', async () => {
      const s = await stage(devices(7));
      const first = await s.run();
      expect(first).toMatchObject({
        kind: 'full',
        devices: 7,
        counts: { new: 7, changed: 0, unchanged: 0, rowsWritten: 14 },
      });
      const [row] = await s.target.rows(`SELECT * FROM inventory WHERE "Intune_Id" = '${idOf(1)}'`);
      expect(row).toMatchObject({
        SystemName: 'LAPTOP-1',
        SerialNo: 'SN-1',
        MACAddress: '00155D0000AA',
        Encryption: 'Encrypted',
        Compliance: 'COMPLIANT',
        Data_Source: 'Intune',
        Owner_Login: 'user1@domain.com',
        OS: 'Windows 10.0.26100.4351',
        Category: 'Computer',
        Condition: 'Good',
        lifecycle: 'active',
        changed_by: 'intune-gate',
      });
      expect([Number(row?.['RAM_Size']), Number(row?.['HDD_Size'])]).toEqual([16, 256e9 / 1073741824]);
      s.clock += 60_000;
      const before = await s.target.rows('SELECT * FROM inventory ORDER BY 1');
      const second = await s.run({ full: true });
      expect(second).toMatchObject({
        devices: 7,
        counts: { new: 0, changed: 0, unchanged: 7, rowsWritten: 0 },
      });
      expect(await s.target.rows('SELECT * FROM inventory ORDER BY 1')).toEqual(before);
    });

    test('a change is written once, with the former row in the history', async () => {
      const s = await stage(devices(3));
      await s.run();
      setDevice(s, 2, { complianceState: 'noncompliant' });
      s.clock += 60_000;
      expect((await s.run({ full: true })).counts).toMatchObject({ new: 0, changed: 1, unchanged: 2 });
      expect(await s.target.rows('SELECT asset_key, change FROM inventory_history')).toEqual([
        { asset_key: idOf(2), change: 'changed' },
      ]);
      const [history] = await s.target.rows('SELECT former FROM discovery_history');
      expect(JSON.parse(String(history?.['former']))).toMatchObject({ compliance_state: 'compliant' });
    });

    test('a check-in alone is written, and is no history', async () => {
      const s = await stage(devices(2));
      await s.run();
      setDevice(s, 1, { lastSyncDateTime: '2026-11-20T18:00:00Z' });
      expect((await s.run({ full: true })).counts).toMatchObject({ changed: 1, rowsWritten: 2 });
      expect(await s.target.rows('SELECT * FROM inventory_history')).toEqual([]);
    });

    test('a device that left is asked for, marked, kept with its history, and may return', async () => {
      const s = await stage(devices(4));
      await s.run();
      s.feed.devices.delete(idOf(3));
      s.feed.unlisted.add(idOf(4));
      s.clock += DAY;
      const run = await s.run();
      expect(run).toMatchObject({ kind: 'full', counts: { left: 1 } });
      const states = async (): Promise<unknown> =>
        (await s.target.rows('SELECT lifecycle FROM inventory ORDER BY "Intune_Id"')).map(
          (row) => row['lifecycle'],
        );
      expect(await states()).toEqual(['active', 'active', 'left', 'active']);
      expect(await s.target.rows('SELECT change FROM inventory_history')).toEqual([{ change: 'left' }]);
      s.clock += DAY;
      expect((await s.run()).counts).toMatchObject({ left: 0, rowsWritten: 0 });
      setDevice(s, 3, {});
      s.clock += DAY;
      expect((await s.run()).counts).toMatchObject({ changed: 1 });
      expect(await states()).toEqual(['active', 'active', 'active', 'active']);
      expect(
        (await s.target.rows('SELECT change FROM inventory_history ORDER BY changed_at')).map(
          (row) => row['change'],
        ),
      ).toEqual(['left', 'returned']);
    });

    test('a device that Intune is removing is retired', async () => {
      const states = [
        'retirePending',
        'retireIssued',
        'wipePending',
        'wipeIssued',
        'deletePending',
        'retireFailed',
        'wipeCanceled',
      ];
      const s = await stage(
        states.map((managementState, index) => fakeDevice(index + 1, { managementState })),
      );
      await s.run();
      const rows = await s.target.rows('SELECT lifecycle FROM inventory ORDER BY "Intune_Id"');
      expect(rows.map((row) => row['lifecycle'])).toEqual([
        ...Array.from({ length: 5 }, () => 'retired'),
        'active',
        'active',
      ]);
    });

    test('a run that is cut keeps its batches, says where it stands, and the next one goes on there', async () => {
      const s = await stage(devices(9));
      s.feed.failPage = 3;
      const error = await syncErrorOf(s.run());
      expect([error.kind, error.message]).toEqual(['upstream', 'Graph: it is down (upstreamUnavailable)']);
      expect(await s.target.rows('SELECT count(*) AS n FROM inventory')).toMatchObject([
        { n: expect.toSatisfy((n) => Number(n) === 6) },
      ]);
      expect(await s.target.rows('SELECT status, message FROM intune_gate_runs')).toEqual([
        { status: 'failed', message: 'It ended after 6 devices: Graph: it is down (upstreamUnavailable).' },
      ]);
      s.feed.failPage = undefined;
      s.feed.calls.pages = 0;
      s.clock += 60_000;
      expect(await s.run()).toMatchObject({ continued: true, devices: 3, counts: { new: 3, left: 0 } });
      expect(s.feed.calls.pages).toBe(1);
      expect(await s.target.rows("SELECT * FROM inventory WHERE lifecycle <> 'active'")).toEqual([]);
      expect(await s.target.rows('SELECT * FROM intune_gate_progress')).toEqual([]);
    });

    test('a run that is asked to stop leaves the lock, and the next one goes on', async () => {
      const s = await stage(devices(9));
      const stop = new AbortController();
      s.feed.beforePage = (page) => {
        if (page === 3) stop.abort();
      };
      expect((await syncErrorOf(s.run({ signal: stop.signal }))).kind).toBe('stopped');
      s.feed.beforePage = () => undefined;
      expect(await s.run()).toMatchObject({ continued: true });
      expect(await s.target.rows('SELECT count(*) AS n FROM inventory')).toMatchObject([
        { n: expect.toSatisfy((n) => Number(n) === 9) },
      ]);
    });

    test('between full runs only what checked in lately is read, with overlap', async () => {
      const s = await stage([fakeDevice(1, { lastSyncDateTime: '2026-11-20T23:45:00Z' }), fakeDevice(2)]);
      await s.run();
      setDevice(s, 3, { lastSyncDateTime: '2026-11-21T01:00:00Z' });
      s.clock += 2 * 3_600_000;
      expect(await s.run()).toMatchObject({
        kind: 'incremental',
        devices: 2,
        counts: { new: 1, unchanged: 1, left: 0 },
      });
    });

    test('two runs at once are refused, and the refused one says who runs', async () => {
      const s = await stage(devices(6));
      let other: ReturnType<typeof syncErrorOf> | undefined;
      s.feed.beforePage = (page) => {
        if (page !== 2 || other !== undefined) return undefined;
        other = syncErrorOf(
          sync({
            text: s.text,
            feed: createFakeFeed(devices(6)),
            ...s.target.access,
            now: () => s.clock,
            host: 'there',
          }),
        );
        return other;
      };
      await s.run();
      const refused = await other;
      expect(refused?.kind).toBe('target');
      expect(refused?.message).toMatch(/^another run writes to this target: process \d+ on here, since /);
      expect((await s.run({ full: true })).counts.unchanged).toBe(6);
    });

    test('a dry run shows what would change, and changes nothing', async () => {
      const s = await stage(devices(4));
      const dry = await s.run({ dryRun: true });
      expect(dry).toMatchObject({ counts: { new: 4, rowsWritten: 0 } });
      expect(dry.changes).toHaveLength(4);
      await s.run();
      setDevice(s, 2, { model: 'Notebook 8' });
      const before = await s.target.rows('SELECT * FROM inventory ORDER BY 1');
      const second = await s.run({ dryRun: true, full: true });
      expect(second.counts).toMatchObject({ new: 0, changed: 1, unchanged: 3 });
      expect(second.changes).toEqual([
        {
          key: idOf(2),
          change: 'changed',
          columns: [{ name: 'Model', from: 'Notebook 7', to: 'Notebook 8' }],
        },
      ]);
      expect(await s.target.rows('SELECT * FROM inventory ORDER BY 1')).toEqual(before);
      expect(await s.target.rows('SELECT * FROM intune_gate_runs')).toHaveLength(1);
    });

    test('one user with the owner’s mail or login is assigned; none or several leave it in store and say so', async () => {
      const s = await stage(
        [1, 2, 3, 4].map((number) => fakeDevice(number, number === 4 ? { userPrincipalName: '' } : {})),
        (mapping) => {
          mapping['assignment'] = {
            owner: 'UserPrincipalName',
            users: { table: 'people', match: ['mail', 'login'], value: 'login' },
          };
        },
      );
      await s.target.rows('CREATE TABLE people (login VARCHAR(50), mail VARCHAR(50))');
      await s.target.rows(
        "INSERT INTO people VALUES ('anna', 'USER1@domain.com'), ('user1@domain.com', NULL), ('bob', 'user2@domain.com')",
      );
      const run = await s.run();
      expect(run.counts).toMatchObject({
        assigned: 1,
        unassigned: {
          'several users with this reference': 1,
          'no user with this reference': 1,
          'no owner': 1,
        },
      });
      const assigned = await s.target.rows(
        'SELECT "Assigned_To", "Assignment_Note" FROM inventory ORDER BY "Intune_Id"',
      );
      expect(assigned).toEqual([
        { Assigned_To: null, Assignment_Note: 'several users with this reference' },
        { Assigned_To: 'bob', Assignment_Note: null },
        { Assigned_To: null, Assignment_Note: 'no user with this reference' },
        { Assigned_To: null, Assignment_Note: null },
      ]);
    });

    test('what a category brings along is written once, and then belongs to people', async () => {
      const s = await stage([
        fakeDevice(1),
        fakeDevice(2, { operatingSystem: 'iOS' }),
        fakeDevice(3, { operatingSystem: 'Other' }),
      ]);
      await s.run();
      expect(await s.target.rows('SELECT "Category", "Store" FROM inventory ORDER BY "Intune_Id"')).toEqual([
        { Category: 'Computer', Store: 'Main store' },
        { Category: 'Mobile device', Store: 'Mobile store' },
        { Category: 'Other', Store: 'Main store' },
      ]);
      await s.target.rows(`UPDATE inventory SET "Store" = 'My desk' WHERE "Intune_Id" = '${idOf(1)}'`);
      setDevice(s, 1, { model: 'Notebook 9' });
      await s.run({ full: true });
      expect(
        await s.target.rows(`SELECT "Store", "Model" FROM inventory WHERE "Intune_Id" = '${idOf(1)}'`),
      ).toEqual([{ Store: 'My desk', Model: 'Notebook 9' }]);
    });

    test('a key that is not unique in the data is a finding before the first write', async () => {
      const s = await stage(
        [fakeDevice(1), fakeDevice(2), fakeDevice(3), fakeDevice(4), fakeDevice(5, { serialNumber: 'SN-1' })],
        (mapping) => {
          mapping['key'] = 'SerialNo';
          mapping['columns'] = { SerialNo: 'SerialNumber', Name: 'DeviceName' };
          delete mapping['categories'];
          delete mapping['defaults'];
        },
      );
      const error = await syncErrorOf(s.run());
      expect(error.findings).toMatchObject([
        {
          code: 'keyNotUnique',
          message: 'the key SerialNo is not unique: 1 device has the key of another, such as "SN-1".',
          line: expect.any(Number) as number,
        },
      ]);
      expect(
        await s.target.rows(
          "SELECT table_name FROM information_schema.tables WHERE table_name = 'inventory'",
        ),
      ).toEqual([]);
    });

    test('hostile texts arrive as text, or as what no database refuses', async () => {
      const hostile = [
        "'; DROP TABLE inventory; --",
        '=HYPERLINK("http://x")',
        'a\0b',
        '\ud800',
        '\u{1f600} é\u202e',
        '"quoted", {json}',
        '$1 \\n',
      ];
      const s = await stage(hostile.map((deviceName, index) => fakeDevice(index + 1, { deviceName })));
      expect((await s.run()).counts).toMatchObject({ new: hostile.length });
      const names = await s.target.rows('SELECT "SystemName" FROM inventory ORDER BY "Intune_Id"');
      expect(names.map((row) => row['SystemName'])).toEqual(
        hostile.map((text) => text.replace('\0', '\ufffd').replace('\ud800', '\ufffd')),
      );
      expect((await s.run({ full: true })).counts).toMatchObject({ rowsWritten: 0 });
    });

    test('what does not fit is skipped with its reason, and the rest is written', async () => {
      const s = await stage(
        [
          fakeDevice(1, { model: 'x'.repeat(40) }),
          fakeDevice(2, { totalStorageSpaceInBytes: 'many' }),
          fakeDevice(3),
          fakeDevice(4, { osVersion: 'eleven' }),
          fakeDevice(5, { managedDeviceOwnerType: 'personal' }),
        ],
        (mapping) => {
          mapping['filter'] = "OwnerType = 'company'";
          mapping['columns'] = {
            Intune_Id: 'Id',
            Model: { value: 'Model', maxLength: 30 },
            Build: "CAST(SPLIT_PART(OSVersion, '.', 3) AS INTEGER)",
          };
          delete mapping['categories'];
          delete mapping['defaults'];
        },
      );
      const { counts } = await s.run();
      expect(counts).toMatchObject({
        new: 1,
        skipped: {
          'valueTooLong: Model': 1,
          'invalidValue: TotalStorageBytes': 1,
          expressionFailed: 1,
          filtered: 1,
        },
      });
    });

    test('a field that Intune stops sending ends the run before it empties a column', async () => {
      const s = await stage(devices(4));
      await s.run();
      for (const number of [1, 2, 3, 4]) {
        const { model: _, ...rest } = fakeDevice(number);
        s.feed.devices.set(idOf(number), rest);
      }
      const error = await syncErrorOf(s.run({ full: true }));
      expect(error.findings).toMatchObject([
        { code: 'fieldNotSent', message: 'Intune does not send the field Model.' },
      ]);
      expect(await s.target.rows('SELECT "Model" FROM inventory WHERE "Model" IS NULL')).toEqual([]);
    });

    test('details are read device by device, a few in each run, and not again', async () => {
      const s = await stage(devices(5), (mapping) => {
        mapping['sync'] = { batch: 3, detailsPerRun: 3 };
      });
      expect((await s.run()).detailsWaiting).toBe(2);
      expect(s.feed.calls.devices).toBe(3);
      expect(await s.run({ full: true })).toMatchObject({ detailsWaiting: 0, counts: { changed: 2 } });
      expect(s.feed.calls.devices).toBe(5);
      expect(await s.run({ full: true })).toMatchObject({ counts: { rowsWritten: 0 } });
      expect(s.feed.calls.devices).toBe(5);
    });
  });
}
