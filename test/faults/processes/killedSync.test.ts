import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMPARED, openKillGround, type KillGround } from '../../inventory/killedSync.ts';
import { rowsIn, sync } from '../../inventory/inventoryHarness.ts';

const MOMENTS = 20;
/** How long an undisturbed sync of the same devices takes, and a little more. */
const LONGEST_MS = 2_500;

describe('a sync that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'intune-gate-killed-'));
  let ground: KillGround;
  beforeAll(async () => {
    ground = await openKillGround(folder);
  });
  afterAll(async () => {
    await ground.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test(
    `at ${MOMENTS} random moments: after the next run the target is that of an undisturbed one`,
    { timeout: 600_000 },
    async () => {
      const target = { kind: 'duckdb', file: join(folder, 'inventory.duckdb') };
      let killed = 0;
      let resumed = 0;
      for (let round = 1; round <= MOMENTS; round += 1) {
        ground.change(round);
        const ended = await ground.killSync(target, Math.random() * LONGEST_MS);
        if (ended === 'SIGKILL') killed += 1;
        const next = await sync({
          text: ground.text(target),
          feed: ground.tenant.feed,
          full: true,
          host: hostname(),
        });
        if (next.continued) resumed += 1;
        const fresh = { kind: 'duckdb', file: join(folder, `fresh-${round}.duckdb`) };
        await sync({ text: ground.text(fresh), feed: ground.tenant.feed });
        for (const sql of COMPARED)
          expect(await rowsIn(target.file, sql)).toEqual(await rowsIn(fresh.file, sql));
        expect(
          await rowsIn(target.file, "SELECT status FROM intune_gate_runs WHERE status = 'running'"),
        ).toEqual([]);
      }
      process.stderr.write(`killed ${killed} of ${MOMENTS}, ${resumed} went on where they stood\n`);
      // Moments after the end of a sync prove nothing.
      expect(killed).toBeGreaterThan(MOMENTS / 2);
    },
  );
});
