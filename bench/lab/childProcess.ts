import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';

/** A program in a process of its own, whose use of the machine can be asked for. */
export interface MeasuredProcess {
  readonly name: string;
  /** Where it listens, such as `http://127.0.0.1:40123`. */
  readonly origin: string;
  /** CPU time since it started, microseconds. */
  cpuMicroseconds(): Promise<number>;
  /** Live bytes on its heap and beside it, after a collection. */
  heapBytes(): Promise<number>;
  /** The same, and what the system counts as its memory. */
  memory(): Promise<{ readonly heapBytes: number; readonly rssBytes: number }>;
  /** Throws away what it has logged so far. */
  clearLog(): void;
  /** What it wrote to stdout and stderr, the end of it. */
  logTail(): string;
  stop(): Promise<void>;
}

export interface MeasuredProgram {
  readonly name: string;
  /** Absolute path; TypeScript is run by tsx. */
  readonly file: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** A path that is answered once it listens, whatever the status. */
  readonly readyPath?: string;
  /** Over TLS nobody looks before it says so itself. */
  readonly scheme?: 'http' | 'https';
}

const REPORT_USAGE = new URL('../servers/reportUsage.js', import.meta.url).href;
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5_000;

/** Starts a program and waits until it listens. @throws Error with the end of its log if it does not */
export async function startMeasured(program: MeasuredProgram): Promise<MeasuredProcess> {
  const logFile = join(program.folder, `${program.name}.log`);
  const log = openSync(logFile, 'a');
  const child = fork(program.file, [...program.args], {
    execArgv: ['--expose-gc', '--import', REPORT_USAGE, ...loaderFor(program.file)],
    // What is set for a real gate on this machine is not meant for a measured one.
    env: { PATH: process.env['PATH'], ...program.environment },
    stdio: ['ignore', log, log, 'ipc'],
  });
  const running: MeasuredProcess = {
    name: program.name,
    origin: `${program.scheme ?? 'http'}://127.0.0.1:${program.port}`,
    cpuMicroseconds: async () => (await ask(child, 'cpu')).microseconds ?? 0,
    heapBytes: async () => (await ask(child, 'heap')).bytes ?? 0,
    async memory() {
      const { bytes = 0, rss = 0 } = await ask(child, 'heap');
      return { heapBytes: bytes, rssBytes: rss };
    },
    clearLog: () => truncateSync(logFile),
    logTail: () => readFileSync(logFile, 'utf8').slice(-2_000),
    stop: () => stop(child),
  };
  try {
    if (program.readyPath !== undefined) await untilAnswering(child, `${running.origin}${program.readyPath}`);
    return running;
  } catch (error) {
    await running.stop();
    throw new Error(`${program.name} did not start:\n${running.logTail()}`, { cause: error });
  }
}

/** How to run a file that Node itself does not understand. */
export function loaderFor(file: string): readonly string[] {
  return file.endsWith('.ts') ? ['--import', 'tsx'] : [];
}

/** The file of a program in this folder. */
export function programFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

interface UsageAnswer {
  readonly question: string;
  readonly microseconds?: number;
  readonly bytes?: number;
  readonly rss?: number;
}

async function ask(child: ChildProcess, question: string): Promise<UsageAnswer> {
  child.send(question);
  const signal = AbortSignal.timeout(START_LIMIT_MS);
  for (;;) {
    const [answer] = (await once(child, 'message', { signal })) as [UsageAnswer];
    if (answer.question === question) return answer;
  }
}

async function untilAnswering(child: ChildProcess, url: string): Promise<void> {
  const latest = Date.now() + START_LIMIT_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
    try {
      const answer = await request(url, { headersTimeout: 2_000 });
      await answer.body.dump();
      return;
    } catch (error) {
      if (Date.now() > latest) throw error;
      await delay(50);
    }
  }
}

/** Asks it to stop, and does not ask twice. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}
