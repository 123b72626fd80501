import { runCli } from '../../src/cli/cli.ts';
import type { ExitCode, Io } from '../../src/cli/command.ts';

export interface Run {
  readonly exitCode: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** What stands on stdin. */
  readonly input?: string;
  /** Default: nothing, so that nothing of this machine gets in. */
  readonly environment?: Io['environment'];
  readonly stopped?: AbortSignal;
  /** Told of every piece of stdout as it is written, all of it so far. */
  readonly onOut?: (out: string) => void;
}

/** Runs a command in this process, with a world of its own. */
export async function runGate(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  let out = '';
  let err = '';
  const lines = options.input?.split('\n') ?? [];
  const exitCode = await runCli(args, {
    out(text) {
      out += text;
      options.onOut?.(out);
    },
    err(text) {
      err += text;
    },
    readInput: () => Promise.resolve(options.input ?? ''),
    readLine: () => Promise.resolve(lines.shift()),
    environment: options.environment ?? {},
    onHangUp: () => undefined,
    stopped: options.stopped ?? new AbortController().signal,
  });
  return { exitCode, out, err };
}
