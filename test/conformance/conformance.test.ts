import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDemo, type RunningDemo } from '../support/startDemo.ts';
import { REQUIREMENTS } from './requirements.ts';
import { missingNeeds } from './runCase.ts';
import { runConformance, type ConformanceTargets } from './runConformance.ts';
import { startSecondGate } from './secondGate.ts';
import { loadTarget, type Target } from './target.ts';

/** All cases run at once where they do not disturb each other; the last tests wait for the slowest. */
const WHOLE_KIT_MS = 120_000;

const targetFile = process.env['CONFORMANCE_TARGET'];
const named = targetFile === undefined || targetFile === '' ? undefined : loadTarget(targetFile);
/** What the demo offers is everything, so without a named target nothing is skipped. */
const missing = (requirement: (typeof REQUIREMENTS)[number]): readonly string[] =>
  named === undefined ? [] : missingNeeds(requirement.case, named);

let run: ReturnType<typeof runConformance> | undefined;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  run = runConformance(REQUIREMENTS, named === undefined ? await startDemos() : { main: named });
}, WHOLE_KIT_MS);

afterAll(async () => {
  // Without a run there may still be programs that were started for it.
  await run?.close();
  for (const stop of stops.toReversed()) await stop();
}, WHOLE_KIT_MS);

describe('the requirements', () => {
  const runnable = REQUIREMENTS.filter((requirement) => missing(requirement).length === 0);
  const skipped = REQUIREMENTS.filter((requirement) => missing(requirement).length > 0);

  test.each(runnable.map((requirement) => [requirement.id, requirement.requirement] as const))(
    '%s %s',
    async (id) => {
      expect(await run?.verdicts.get(id)).toEqual([]);
    },
    WHOLE_KIT_MS,
  );

  for (const requirement of skipped) {
    const why = `needs ${missing(requirement).join(' and ')}, which the target does not name`;
    // Vitest's default report counts what was skipped; a gap in a proof deserves its name.
    process.stderr.write(`SKIPPED ${requirement.id} ${requirement.requirement} (${why})\n`);
    test(`${requirement.id} ${requirement.requirement} (${why})`, ({ skip }) => {
      skip(why);
      expect.unreachable();
    });
  }
});

/** One demo for everything, with a second gate in front of it, and one whose sign-in may be disturbed. */
async function startDemos(): Promise<ConformanceTargets> {
  const [main, signIn] = await Promise.all([startOne(), startOne()]);
  const { secondGate, stop } = await startSecondGate(main);
  stops.push(stop);
  return { main: { ...main, secondGate } satisfies Target, signIn };
}

async function startOne(): Promise<RunningDemo['ready']> {
  const demo = await startDemo();
  stops.push(() => demo.stop());
  return demo.ready;
}
