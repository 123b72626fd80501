import quickjsVariant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { LOCAL_CALLS } from './localCalls.ts';
import { readPreludes } from './preludes.ts';
import { runInSandbox } from './sandbox.ts';
import type { ScriptLogLevel } from './scriptJob.ts';
import type { FromThread, ThreadData, ToThread } from './threadMessages.ts';

// The thread that scripts run in: it can be stopped from outside at any moment, which nothing inside the engine can promise.
const port = parentPort;
if (port === null) throw new Error('this is the main thread');
const { limits, replied } = workerData as ThreadData;
const flag = new Int32Array(replied);
const preludes = readPreludes();
// Its types describe the CommonJS build, whose default export lies one deeper.
const variant = newVariant(quickjsVariant as unknown as QuickJSSyncVariant, {
  // What it says when it gives up would go to the console; the fault says it.
  emscriptenModule: { printErr: () => undefined } as object,
});
const load = () => newQuickJSWASMModuleFromVariant(variant);
let quickjs = load();
let waited = 0;

const send = (message: FromThread): void => port.postMessage(message);

port.on('message', (message: ToThread) => {
  if (message.is === 'run') void run(message);
});
await quickjs;
send({ is: 'ready' });

async function run({ job }: Extract<ToThread, { readonly is: 'run' }>): Promise<void> {
  const counts = { calls: 0, lines: 0 };
  const { end, spoiled } = runInSandbox(job, {
    quickjs: await quickjs,
    preludes,
    limits,
    host: (name, args) => (name === 'log' ? log(args, counts) : answer(name, args, counts)),
    waitedMs: () => waited,
    clock: () => performance.now(),
  });
  if (spoiled) quickjs = load();
  send({ is: 'end', end });
}

function log(args: string, counts: { lines: number }): string {
  counts.lines += 1;
  if (counts.lines <= limits.logLines) {
    const [level, message] = JSON.parse(args) as [ScriptLogLevel, string];
    send({ is: 'log', level, message: message.slice(0, limits.logCharacters) });
  }
  return '{}';
}

/** Never throws: an error is for the script to see. */
function answer(name: string, args: string, counts: { calls: number }): string {
  counts.calls += 1;
  if (counts.calls > limits.calls) return JSON.stringify({ error: 'the script asks too often' });
  if (args.length > limits.callCharacters) return JSON.stringify({ error: 'the value is too large' });
  const local = Object.hasOwn(LOCAL_CALLS, name) ? LOCAL_CALLS[name] : undefined;
  if (local === undefined) return waitForReply(name, JSON.parse(args) as unknown[]);
  try {
    return JSON.stringify({ value: local(JSON.parse(args) as unknown[]) });
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : 'the call failed' });
  }
}

/** The script waits, and so does its thread; whoever started it ends it when it waits too long. */
function waitForReply(name: string, args: readonly unknown[]): string {
  const since = performance.now();
  Atomics.store(flag, 0, 0);
  send({ is: 'call', name, args });
  Atomics.wait(flag, 0, 0);
  waited += performance.now() - since;
  const received = port === null ? undefined : receiveMessageOnPort(port);
  const message = received?.message as ToThread | undefined;
  return message?.is === 'reply' ? message.json : JSON.stringify({ error: 'there is no answer' });
}
