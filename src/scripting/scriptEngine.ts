import type { ScriptEnd, ScriptHost, ScriptJob } from './scriptJob.ts';
import { DEFAULT_SCRIPT_LIMITS, type ScriptLimits } from './scriptLimits.ts';
import { createScriptThread, type ScriptThread } from './scriptThread.ts';

export interface ScriptEngineOptions {
  /** Most scripts at a time; default 2. Threads are started when they are needed first. */
  readonly threads?: number;
  /** Most scripts that wait for a thread; default 100. */
  readonly waiting?: number;
  readonly limits?: Partial<ScriptLimits>;
}

/** Runs scripts of administrators, each in a sandbox of its own. */
export interface ScriptEngine {
  /** Never rejects. @param signal - gives the run up, wherever it is */
  run(job: ScriptJob, host: ScriptHost, signal: AbortSignal): Promise<ScriptEnd>;
  /** Ends all threads, and the runs in them. */
  close(): Promise<void>;
}

export function createScriptEngine(options: ScriptEngineOptions = {}): ScriptEngine {
  const { threads: most = 2, waiting: mostWaiting = 100 } = options;
  const limits = { ...DEFAULT_SCRIPT_LIMITS, ...options.limits };
  const idle: ScriptThread[] = [];
  const started = new Set<ScriptThread>();
  /** Who waits for a place, in order; told whether there is one. */
  const waiting: ((hasPlace: boolean) => void)[] = [];
  let running = 0;
  let isClosed = false;

  function take(): ScriptThread {
    const known = idle.pop();
    if (known?.isUsable() === true) return known;
    if (known !== undefined) started.delete(known);
    const thread = createScriptThread(limits);
    started.add(thread);
    return thread;
  }

  function release(thread: ScriptThread): void {
    if (thread.isUsable()) idle.push(thread);
    else started.delete(thread);
    // The place is handed on rather than given back, so that nobody who comes now takes it.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next(true);
  }

  /** True when it is this run's turn; false if it was given up before. */
  function turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const told = (hasPlace: boolean): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(hasPlace);
      };
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(told), 1);
        resolve(false);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      waiting.push(told);
    });
  }

  return {
    async run(job, host, signal) {
      if (isClosed || signal.aborted) return failed('abandoned', GIVEN_UP);
      if (running < most) running += 1;
      else if (waiting.length >= mostWaiting) return failed('busy', 'too many scripts are running');
      else if (!(await turn(signal))) return failed('abandoned', GIVEN_UP);
      const thread = take();
      const end = await thread.run(job, host, signal);
      release(thread);
      return end;
    },
    async close() {
      isClosed = true;
      for (const told of waiting.splice(0)) told(false);
      await Promise.all([...started].map((thread) => thread.stop()));
    },
  };
}

const GIVEN_UP = 'nobody waits for the script any more';

function failed(fault: 'busy' | 'abandoned', message: string): ScriptEnd {
  return { ok: false, fault, message };
}
