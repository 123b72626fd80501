import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Child {
  readonly out: () => string;
  readonly err: () => string;
  /** Waits until the output so far matches. Rejects if the process ends or half a minute passes before. */
  waitFor(stream: 'out' | 'err', pattern: RegExp): Promise<RegExpExecArray>;
  signal(signal: NodeJS.Signals): void;
  /** How it ended: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const children: ChildProcess[] = [];

/** Runs the program as a process of its own, as a shell or a service manager would. */
export function runChild(args: readonly string[], environment: Record<string, string> = {}): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const text = { out: '', err: '' };
  const listeners = new Set<() => void>();
  for (const [stream, source] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ] as const) {
    source.setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(code ?? signal ?? -1);
      for (const listener of listeners) listener();
    });
  });

  return {
    out: () => text.out,
    err: () => text.err,
    waitFor: (stream, pattern) =>
      new Promise((resolve, reject) => {
        const fail = (why: string): void => {
          finish();
          reject(new Error(`${why} before ${String(pattern)} came; stderr: ${text.err}`));
        };
        const timer = setTimeout(() => fail('half a minute passed'), 30_000);
        const look = (): void => {
          const match = pattern.exec(text[stream]);
          if (match !== null) {
            finish();
            resolve(match);
          } else if (child.exitCode !== null || child.signalCode !== null) fail('the process ended');
        };
        function finish(): void {
          clearTimeout(timer);
          listeners.delete(look);
        }
        listeners.add(look);
        look();
      }),
    signal(signal) {
      child.kill(signal);
    },
    ended,
  };
}

/** Ends whatever a failed test left behind; for `afterAll`. */
export function endChildren(): void {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
}
