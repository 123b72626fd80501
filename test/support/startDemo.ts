import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import { z } from 'zod';

/** What the demo tells in its ready line, as far as tests use it; more keys are kept and ignored. */
export const readyLineSchema = z.looseObject({
  gate: z.url(),
  gateTls: z.url(),
  apiKey: z.string(),
  graph: z.url(),
  authority: z.url(),
  caFile: z.string(),
  simulatorControl: z.object({ url: z.url(), key: z.string() }),
  tenantId: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  configFile: z.string(),
  users: z.array(z.object({ username: z.string(), password: z.string(), totpSecret: z.string() })),
  devices: z.array(
    z.looseObject({
      id: z.string(),
      azureADDeviceId: z.string(),
      complianceState: z.string(),
      expectedOutcome: z.string(),
      certificateFile: z.string(),
      keyFile: z.string(),
    }),
  ),
});

export type ReadyLine = z.infer<typeof readyLineSchema>;

/** A demo in a process of its own. */
export interface RunningDemo {
  readonly ready: ReadyLine;
  /** Trusts the demo's CA; for the simulator and its control routes. */
  readonly agent: Agent;
  /** Interrupts it as Ctrl-C does. @throws Error if it does not end with exit code 0 */
  stop(): Promise<void>;
}

/** A command of the gate in a process of its own, after it said that it is ready. */
export interface RunningProgram {
  readonly readyLine: string;
  readonly pid: number;
  /** Ends it at once, without a chance to say anything. */
  kill(): Promise<void>;
  /** Interrupts it as Ctrl-C does. @throws Error if it does not end with exit code 0 */
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 15_000;

/**
 * Starts simulator and gate on free ports, as a user would, and waits until they take requests: at most 30 s.
 *
 * @param options - more options of the command
 */
export async function startDemo(...options: readonly string[]): Promise<RunningDemo> {
  const program = await startProgram(['demo', '--port', '0', '--json', ...options], { readyOn: 'stdout' });
  try {
    const ready = readyLineSchema.parse(JSON.parse(program.readyLine));
    const agent = new Agent({ connect: { ca: readFileSync(ready.caFile, 'utf8') } });
    return {
      ready,
      agent,
      async stop() {
        await agent.destroy();
        await program.stop();
      },
    };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

/**
 * Starts `intune-gate ARGS` from source and waits for the first line that contains `contains` on the named stream.
 *
 * @throws Error if the process ends or 30 s pass before that line; the process is then gone
 */
export async function startProgram(
  args: readonly string[],
  { readyOn, contains = '' }: { readonly readyOn: 'stdout' | 'stderr'; readonly contains?: string },
): Promise<RunningProgram> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const said: string[] = [];
  try {
    const readyLine = await firstLine(child, child[readyOn], contains, said);
    return {
      readyLine,
      pid: child.pid ?? 0,
      async kill() {
        child.kill('SIGKILL');
        await ended;
      },
      stop: () => interrupt(child, ended, said),
    };
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
}

function firstLine(child: ChildProcess, stream: Readable, contains: string, said: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`not ready in time; it said: ${said.join('\n')}`)),
      READY_WITHIN_MS,
    );
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`ended with ${code} at once; it said: ${said.join('\n')}`)),
    );
    for (const output of [child.stdout, child.stderr]) {
      if (output === null) continue;
      // Both are read to the end, ready or not: a full pipe would stop the process.
      createInterface({ input: output }).on('line', (line) => {
        said.push(line);
        if (output !== stream || !line.includes(contains)) return;
        clearTimeout(timer);
        resolve(line);
      });
    }
  });
}

async function interrupt(
  child: ChildProcess,
  ended: Promise<unknown[]>,
  said: readonly string[],
): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
  child.kill('SIGINT');
  const [code, signal] = await ended;
  clearTimeout(timer);
  if (code !== 0)
    throw new Error(`ended with ${String(code ?? signal)}; it said: ${said.slice(-20).join('\n')}`);
}
