import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  DEADLINE_MS,
  TEMPERATURES,
  type Calls,
  type Expected,
  type FaultCase,
  type Temperature,
} from './faultCase.ts';
import { FAULT_CASES } from './faultCases.ts';
import { openFaultedGuard, POLICY_FORMS } from './faultedGuard.ts';
import { openFaultLane, type FaultLane, type Seen, type SeenRun } from './faultLane.ts';

/** Cases at once. They mostly wait. */
const LANES = 6;
/** How much later than its deadline a decision may be answered. */
const GRACE_MS = 50;

const seen = new Map<FaultCase, SeenRun>();
/** Also what was looked at again. */
const everything: (readonly [FaultCase, SeenRun])[] = [];
const secondLooks: string[] = [];

beforeAll(async () => {
  // Jitter that is always the same: pauses of 6, 12 and 24 ms before the retries.
  vi.spyOn(Math, 'random').mockReturnValue(0.02);
  const lanes = await Promise.all(Array.from({ length: LANES }, openFaultLane));
  // The longest first, so that nobody waits for them in the end.
  const waiting = FAULT_CASES.toSorted((a, b) => (b.deadlineMs ?? 0) - (a.deadlineMs ?? 0));
  await Promise.all(lanes.map((lane) => drive(lane, waiting)));
  // On a busy machine timers are late, and what is late is tried less often: that is looked at again, alone.
  const [lane] = lanes;
  for (const one of FAULT_CASES) {
    const run = seen.get(one);
    if (lane === undefined || run === undefined || TEMPERATURES.every((it) => isAsExpected(one, it, run[it])))
      continue;
    secondLooks.push(one.name);
    await look(lane, one);
  }
  await Promise.all(lanes.map((each) => each.close()));
}, 120_000);
afterAll(() => {
  vi.restoreAllMocks();
  process.stderr.write(figures());
});

async function drive(lane: FaultLane, waiting: FaultCase[]): Promise<void> {
  for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await look(lane, one);
}

async function look(lane: FaultLane, one: FaultCase): Promise<void> {
  const run = await lane.run(one);
  seen.set(one, run);
  everything.push([one, run]);
}

describe.each(FAULT_CASES)('$name', (one) => {
  test.each(TEMPERATURES)('%s', (temperature) => {
    const run = seen.get(one);
    if (run === undefined) throw new Error('it was not run');
    const expected = expectedOf(one, temperature);
    const actual = inWords(asSeen(run[temperature], expected));
    expect(actual).toBe(inWords(expected));
    const { tookMs } = run[temperature];
    expect(tookMs).toBeLessThanOrEqual((one.deadlineMs ?? DEADLINE_MS) + GRACE_MS);
  });
});

test('there are at least 60 cases, each under a name of its own', () => {
  expect(FAULT_CASES.length).toBeGreaterThanOrEqual(60);
  expect(new Set(FAULT_CASES.map(({ name }) => name)).size).toBe(FAULT_CASES.length);
});

test('none is open: Compliant is said only where the table says so, and Graph said so within the lifetime', () => {
  let compliant = 0;
  for (const [one, run] of everything) {
    for (const temperature of TEMPERATURES) {
      const { decision } = run[temperature];
      if (decision.outcome !== 'Compliant') continue;
      compliant += 1;
      expect(expectedOf(one, temperature).outcome, `${one.name}, ${temperature}`).toBe('Compliant');
      const { source, ageSeconds } = decision.evidence;
      const oldest = { graph: 10, cache: 300, staleCache: 900 }[source ?? 'graph'];
      expect(ageSeconds, `${one.name}, ${temperature}`).toBeLessThan(oldest);
    }
  }
  expect(compliant).toBeGreaterThan(0);
});

test('no proxy is told to let anybody pass where its policy does not say so', async () => {
  const guard = openFaultedGuard();
  const wrong: unknown[] = [];
  let asked = 0;
  let allowed = 0;
  for (const [one, run] of everything) {
    for (const temperature of TEMPERATURES) {
      const { decision } = run[temperature];
      for (const [name, { passes }] of Object.entries(POLICY_FORMS)) {
        for (const status of await guard.ask(name, decision)) {
          asked += 1;
          if (status === 200) allowed += 1;
          if ((status === 200) !== passes(decision) || ![200, 401, 403].includes(status)) {
            wrong.push([one.name, temperature, name, status]);
          }
        }
      }
    }
  }
  await guard.close();
  expect(wrong).toEqual([]);
  expect(allowed).toBeGreaterThan(0);
  expect(allowed).toBeLessThan(asked);
  process.stderr.write(`${asked} questions of proxies, ${allowed} allowed, each as its policy says\n`);
});

function expectedOf(one: FaultCase, temperature: (typeof TEMPERATURES)[number]): Expected {
  switch (temperature) {
    case 'fresh':
      return { outcome: 'Compliant', reason: 'compliant', source: 'cache', calls: {} };
    case 'recovered':
      return {
        outcome: 'Compliant',
        reason: 'compliant',
        source: 'graph',
        calls: { ...(one.shortTokens ? { token: 1 } : {}), ...RECOVERY_CALLS[one.node] },
      };
    default:
      return one[temperature];
  }
}

/** On one line, so that a difference is one line as well. */
function inWords({ outcome, reason, source, warnings = [], calls }: Expected): string {
  const counts = Object.entries(calls).map(([endpoint, count]) => `${endpoint} ${count}`);
  return [outcome, reason, source ?? '-', warnings.join('+') || '-', ...counts.toSorted()].join(' ');
}

const RECOVERY_CALLS = {
  byIntuneId: { managedDevice: 1 },
  byEntraId: { managedDevices: 1 },
  withEntra: { managedDevice: 1, entraDevice: 1 },
  withApps: { managedDevice: 1, detectedApps: 1 },
} as const satisfies Record<FaultCase['node'], Calls>;

/** Discovery belongs to each token. It is counted where it is what fails. */
function asSeen({ decision, calls: { discovery, ...calls } }: Seen, expected: Expected): Expected {
  const { outcome, reason, evidence } = decision;
  const fails = expected.calls.discovery !== undefined && discovery !== undefined;
  return {
    outcome,
    reason,
    source: evidence.source,
    warnings: decision.warnings.map((warning) => warning.reason),
    calls: fails ? { discovery, ...calls } : calls,
  };
}

function isAsExpected(one: FaultCase, temperature: Temperature, run: Seen): boolean {
  const expected = expectedOf(one, temperature);
  return (
    run.tookMs <= (one.deadlineMs ?? DEADLINE_MS) + GRACE_MS &&
    inWords(asSeen(run, expected)) === inWords(expected)
  );
}

function figures(): string {
  const runs = [...seen].flatMap(([one, run]) => TEMPERATURES.map((it) => ({ one, it, ...run[it] })));
  const late = runs.map(({ one, tookMs }) => tookMs - (one.deadlineMs ?? DEADLINE_MS));
  const calls = runs.flatMap((run) => Object.values(run.calls)).reduce((sum, count) => sum + count, 0);
  const compliant = runs.filter(({ decision }) => decision.outcome === 'Compliant').length;
  return [
    `fault matrix: ${seen.size} faults, ${runs.length} decisions, ${compliant} of them Compliant`,
    `${calls} upstream calls over ${runs.reduce((sum, run) => sum + run.connections, 0)} connections`,
    `slowest answer ${Math.max(...late).toFixed(0)} ms after its deadline (at most ${GRACE_MS})`,
    `looked at again, alone, because something was late: ${secondLooks.length === 0 ? 'none' : secondLooks.join(', ')}`,
    '',
  ].join('\n  ');
}
