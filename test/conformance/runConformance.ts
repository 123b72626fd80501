import type { Requirement } from './requirement.ts';
import { missingNeeds, runCase } from './runCase.ts';
import type { Target } from './target.ts';
import { createTargetClient, type TargetClient } from './targetClient.ts';

export interface ConformanceTargets {
  /** Everything runs against this one. */
  readonly main: Target;
  /** A second, independent target for the cases that disturb everybody; without it they run on the first, after all others. */
  readonly signIn?: Target;
}

/** What was not as required, by the id of the requirement; an empty list is a pass. Requirements that cannot run are not in it. */
export type Verdicts = ReadonlyMap<string, Promise<readonly string[]>>;

const AT_ONCE = 10;

/** Starts all cases, as many at once as do not disturb each other. The verdicts never reject. */
export function runConformance(
  requirements: readonly Requirement[],
  { main, signIn }: ConformanceTargets,
): { readonly verdicts: Verdicts; close(): Promise<void> } {
  const runnable = requirements.filter((requirement) => missingNeeds(requirement.case, main).length === 0);
  const verdicts = new Map<string, Promise<readonly string[]>>();
  const clients: TargetClient[] = [];
  const open = (target: Target): TargetClient => {
    const client = createTargetClient(target);
    clients.push(client);
    return client;
  };

  /** Runs what belongs to one lane, `atOnce` at a time, once `after` is over. */
  function start(
    lane: Requirement['case']['lane'],
    target: Target,
    options: { readonly atOnce: number; readonly after: Promise<unknown> },
  ): Promise<unknown> {
    const client = open(target);
    const queue = runnable
      .filter((requirement) => requirement.case.lane === lane)
      .map((requirement) => {
        let settle: (failures: readonly string[]) => void = () => undefined;
        verdicts.set(requirement.id, new Promise((resolve) => (settle = resolve)));
        return { requirement, settle };
      })
      .values();
    // Each worker takes the next case when it has done one, so that a slow case holds up nobody else.
    const work = async (): Promise<void> => {
      await options.after;
      for (const { requirement, settle } of queue) settle(await runCase(requirement.case, target, client));
    };
    return Promise.all(Array.from({ length: options.atOnce }, work));
  }

  const shared = start(undefined, main, { atOnce: AT_ONCE, after: Promise.resolve() });
  const last = start('last', main, { atOnce: 1, after: shared });
  const after = signIn === undefined ? last : Promise.resolve();
  const all = Promise.all([last, start('signIn', signIn ?? main, { atOnce: 1, after })]);
  return {
    verdicts,
    async close() {
      await all;
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
