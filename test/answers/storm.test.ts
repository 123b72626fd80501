import { expect, test } from 'vitest';
import { createAdmission } from '../../src/node/admission.ts';
import type { Decision } from '../../src/node/decision.ts';
import { DEVICE_ID, guid, managedDevice } from '../support/fakeDirectory.ts';
import { scriptedDirectory, testKeeper } from '../support/testKeeper.ts';
import { testContext, testNode } from '../support/testNode.ts';

const MINUTES = 60_000;

test('50,000 decisions on a Microsoft that does not answer: 1,000 wait, the others are shed, what is known is decided', async () => {
  const microsoft = scriptedDirectory(() => managedDevice());
  const keeper = testKeeper(microsoft, { waiting: createAdmission(1_000), flightMs: 10 * MINUTES });
  const node = testNode(keeper, {
    admission: createAdmission(1_250),
    deadlineMs: 10 * MINUTES,
    now: Date.now,
  });
  const decide = async (id: string): Promise<Decision> => {
    const context = testContext({ headers: [['x-intune', id]] });
    return (await node.decide(context)).decision;
  };
  await decide(DEVICE_ID);
  const ended: (() => void)[] = [];
  microsoft.findManagedDevice = () =>
    new Promise((resolve) => {
      ended.push(() => resolve({ ok: false, reason: 'timeout', detail: 'over', cause: undefined }));
    });

  const idOf = (index: number): string =>
    guid(`dddddddd-0000-4000-8000-${index.toString(16).padStart(12, '0')}`);
  const before = process.memoryUsage().heapUsed;
  const storm: Promise<Decision>[] = [];
  const known: Decision[] = [];
  let highest = 0;
  for (let wave = 0; wave < 50; wave += 1) {
    for (let index = 0; index < 1_000; index += 1) storm.push(decide(idOf(wave * 1_000 + index)));
    // As on a server, those that are shed are gone before the next ones come.
    await new Promise((resolve) => setImmediate(resolve));
    highest = Math.max(highest, process.memoryUsage().heapUsed);
    known.push(await decide(DEVICE_ID));
  }
  expect(known.map(({ evidence }) => evidence.source)).toEqual(known.map(() => 'cache'));
  expect(ended).toHaveLength(1_000);
  const grownMiB = (highest - before) / 1_048_576;
  process.stderr.write(`storm: ${Math.round(grownMiB)} MiB at most\n`);
  expect(grownMiB).toBeLessThan(300);

  for (const end of ended) end();
  const reasons = (await Promise.all(storm)).map(({ reason }) => reason);
  expect(reasons.filter((reason) => reason === 'overloaded')).toHaveLength(49_000);
  expect(reasons.filter((reason) => reason === 'timeout')).toHaveLength(1_000);
}, 90_000);
