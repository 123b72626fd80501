import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { LoadPlan, LoadResult } from '../load/loadPlan.ts';
import { loaderFor, programFile, stop } from './childProcess.ts';

/** The load generator, in a process of its own so that what it costs is not counted as anybody else's. */
export interface LoadProcess {
  /** One plan at a time. @throws Error if the generator fails; failing answers are counted, not thrown */
  run(plan: LoadPlan): Promise<LoadResult>;
  stop(): Promise<void>;
}

const FURTHER_LIMIT_MS = 60_000;

export function startLoadProcess(): LoadProcess {
  const file = programFile('load/loadGenerator.ts');
  const child = fork(file, [], {
    execArgv: [...loaderFor(file)],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return {
    async run(plan) {
      child.send(plan);
      const signal = AbortSignal.timeout(plan.most.seconds * 1000 + FURTHER_LIMIT_MS);
      const [answer] = (await once(child, 'message', { signal })) as [
        { readonly result?: LoadResult; readonly error?: string },
      ];
      if (answer.result === undefined) throw new Error(`the load generator failed: ${answer.error ?? ''}`);
      return answer.result;
    },
    stop: () => stop(child),
  };
}
