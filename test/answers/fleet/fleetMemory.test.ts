import { expect, test } from 'vitest';
import { createAnswerMemory } from '../../../src/answers/answerMemory.ts';
import { createFleetIntake } from '../../../src/answers/fleet/fleetIntake.ts';
import { createFleetPass } from '../../../src/answers/fleet/fleetPass.ts';
import { readFleetPage } from '../../../src/answers/fleet/readFleetPage.ts';
import type { DeviceList } from '../../../src/node/deviceList.ts';
import { fleet } from './fakeList.ts';
import { heapBytes } from './heapBytes.ts';

/** Makes its rows when they are asked for, as an answer does, so that what stays is what memory keeps. */
function listOf(devices: number): DeviceList {
  return {
    canTell: () => true,
    readPage: (_, position) => {
      const first = Number(position ?? 0);
      const next = first + 1_000 < devices ? String(first + 1_000) : undefined;
      const rows = fleet(1_000, {}, first).map((row) => JSON.parse(JSON.stringify(row)) as typeof row);
      const value = { devices: rows, unreadable: 0, next };
      return Promise.resolve({ ok: true, source: 'graph', fetchedAt: Date.now() + first / 1_000, value });
    },
  };
}

async function bytesFor(devices: number): Promise<number> {
  const memory = createAnswerMemory({ entries: 200_000, now: Date.now });
  const intake = createFleetIntake({
    tenant: 'default',
    memory,
    wishes: [{ wanted: 'none', byEntraId: true }],
    now: Date.now,
  });
  const before = await heapBytes();
  let pass: ReturnType<typeof createFleetPass> | undefined = createFleetPass(
    'all',
    { properties: 'none' },
    0,
  );
  const reader = { list: listOf(devices), intake, now: Date.now };
  while ((await readFleetPage(pass, reader, new AbortController().signal)) === 'more');
  expect([pass.sightings.size, memory.size, intake.withoutRoom]).toEqual([devices, devices * 2, 0]);
  pass = undefined;
  return (await heapBytes()) - before;
}

test('memory grows with the fleet, and by less than 1,000 bytes for each device', async () => {
  await bytesFor(4_000); // whatever is made once
  const bytes: number[] = [];
  for (const devices of [10_000, 20_000, 40_000]) bytes.push((await bytesFor(devices)) / devices);
  process.stderr.write(`fleet: ${bytes.map(Math.round).join(', ')} bytes per device\n`);
  expect(Math.max(...bytes)).toBeLessThan(1_000);
  expect(Math.max(...bytes) / Math.min(...bytes)).toBeLessThan(1.25);
}, 60_000);
