import {
  ScriptCallError,
  type ScriptEnd,
  type ScriptFault,
  type ScriptHost,
  type ScriptJob,
} from './scriptJob.ts';
import type { ScriptLimits } from './scriptLimits.ts';
import { startScriptThread } from './startScriptThread.ts';
import type { FromThread, ToThread } from './threadMessages.ts';

/** A thread that runs one script at a time. */
export interface ScriptThread {
  /** False once it was stopped or broke; it is not started again. */
  readonly isUsable: () => boolean;
  /** Never rejects. A run that takes too long, or that nobody waits for any more, takes the thread with it. */
  run(job: ScriptJob, host: ScriptHost, signal: AbortSignal): Promise<ScriptEnd>;
  stop(): Promise<void>;
}

/** Longest time a thread may take to start, in milliseconds. */
const START_MS = 10_000;

export function createScriptThread(limits: ScriptLimits): ScriptThread {
  const replied = new SharedArrayBuffer(4);
  const flag = new Int32Array(replied);
  const worker = startScriptThread({ limits, replied });
  let isUsable = true;
  let isReady = false;
  let current: ((message: FromThread) => void) | undefined;
  let fail: ((fault: ScriptFault, message: string) => void) | undefined;

  const broke = (): void => {
    isUsable = false;
    fail?.('broken', 'the thread of the script ended');
  };
  worker.on('message', (message: FromThread) => {
    isReady = true;
    current?.(message);
  });
  worker.on('error', broke);
  worker.on('exit', broke);

  function send(message: ToThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(message);
  }

  function reply(json: string): void {
    send({ is: 'reply', json });
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  }

  async function stop(): Promise<void> {
    isUsable = false;
    await worker.terminate();
  }

  return {
    isUsable: () => isUsable,
    stop,
    run(job, host, signal) {
      return new Promise((resolve) => {
        const gone = new AbortController();
        worker.ref();
        let timer: NodeJS.Timeout;
        const within = (milliseconds: number): void => {
          clearTimeout(timer);
          timer = setTimeout(() => kill('tooLong', 'the script took too long'), milliseconds);
        };
        within(isReady ? limits.wallMs : START_MS);
        const abandon = (): void => kill('abandoned', 'nobody waits for the script any more');

        function end(result: ScriptEnd): void {
          clearTimeout(timer);
          signal.removeEventListener('abort', abandon);
          current = undefined;
          fail = undefined;
          gone.abort();
          worker.unref();
          resolve(result);
        }
        function kill(fault: ScriptFault, message: string): void {
          void stop();
          end({ ok: false, fault, message });
        }

        async function answerAndReply(message: CallMessage): Promise<void> {
          const json = await answerCall(message, host, limits, gone.signal);
          if (!gone.signal.aborted) reply(json);
        }

        fail = (fault, message) => end({ ok: false, fault, message });
        current = (message) => {
          switch (message.is) {
            case 'ready':
              within(limits.wallMs);
              break;
            case 'end':
              end(message.end);
              break;
            case 'log':
              host.log(message.level, message.message);
              break;
            case 'call':
              void answerAndReply(message);
              break;
          }
        };
        if (signal.aborted) return abandon();
        signal.addEventListener('abort', abandon, { once: true });
        send({ is: 'run', job });
      });
    },
  };
}

type CallMessage = Extract<FromThread, { readonly is: 'call' }>;

async function answerCall(
  { name, args }: CallMessage,
  { calls }: ScriptHost,
  { callCharacters }: ScriptLimits,
  signal: AbortSignal,
): Promise<string> {
  const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (call === undefined) return refusal('this is not available to scripts here');
  try {
    const json = JSON.stringify({ value: await call(args, signal) });
    return json.length > callCharacters ? refusal('the answer is too large') : json;
  } catch (error) {
    return refusal(error instanceof ScriptCallError ? error.message : 'the call failed');
  }
}

function refusal(error: string): string {
  return JSON.stringify({ error });
}
