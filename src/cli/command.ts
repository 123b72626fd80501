import type { Environment } from '../config/environment.ts';

/** What a command may touch of the outside world. */
export interface Io {
  /** Results. */
  readonly out: (text: string) => void;
  /** Talk: progress, hints, mistakes. */
  readonly err: (text: string) => void;
  readonly readInput: () => Promise<string>;
  /** Asks the person at the terminal, or takes the next line of stdin; undefined if there is none. `hidden` keeps it off the screen. */
  readonly readLine: (prompt: string, hidden: boolean) => Promise<string | undefined>;
  /** Asks for a secret, without showing what is typed. Undefined if nobody sits at a terminal. */
  readonly askSecret?: ((question: string) => Promise<string>) | undefined;
  readonly environment: Environment;
  /** Has `listener` called whenever the process is told to read its files again (SIGHUP). */
  readonly onHangUp: (listener: () => void) => void;
  /** Ends when the process is asked to stop. */
  readonly stopped: AbortSignal;
}

/** One command of the command line. Every command has this shape; `commands.ts` lists them. */
export interface Command {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** The whole help text. */
  readonly help: string;
  run(args: readonly string[], io: Io): Promise<ExitCode>;
}

/** 0 success, 1 the answer is no, 2 usage or configuration, 3 upstream trouble. */
export type ExitCode = 0 | 1 | 2 | 3;
