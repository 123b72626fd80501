import { Worker } from 'node:worker_threads';
import type { ThreadData } from './threadMessages.ts';

/**
 * Starts the thread scripts run in. It sees no environment and keeps no process alive.
 */
export function startScriptThread(data: ThreadData): Worker {
  const options = {
    workerData: data,
    env: {},
    execArgv: [],
    stdin: false,
    // Of the thread beside the script, whose memory is bounded by itself.
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  };
  const isSource = import.meta.url.endsWith('.ts');
  const url = new URL(`./scriptThreadMain.${isSource ? 'ts' : 'js'}`, import.meta.url);
  // Threads do not inherit what lets older Nodes read TypeScript.
  const worker = isSource
    ? new Worker(FROM_SOURCE, { ...options, eval: true, workerData: { ...data, url: url.href } })
    : new Worker(url, options);
  worker.unref();
  return worker;
}

const FROM_SOURCE = `
  const { workerData } = require('node:worker_threads');
  import('tsx/esm/api').then(({ register }) => { register(); return import(workerData.url); });
`;
