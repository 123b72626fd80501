/** Which bindings a script has: AM's evaluator version 2.0, or 1.0. */
export type ScriptGeneration = 'nextGen' | 'legacy';

/** One script to run. It crosses into another thread, so it holds plain data alone. */
export interface ScriptJob {
  readonly text: string;
  readonly generation: ScriptGeneration;
  /** What the bindings begin with. */
  readonly input: ScriptInput;
}

export interface ScriptInput {
  readonly scriptName: string;
  readonly realm: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly cookies: Readonly<Record<string, string>>;
  /** Properties of the session that came along; null for none. */
  readonly session: Readonly<Record<string, string>> | null;
  readonly resumed: boolean;
  /** What the client answered, in the order of the questions. */
  readonly answers: readonly {
    readonly type: string;
    readonly value: string | number | undefined;
    /** Of a hidden value. */
    readonly id?: string | undefined;
    readonly validateOnly: boolean;
  }[];
  /** Settings of a node made with the Node Designer; null for other scripts. */
  readonly properties: Readonly<Record<string, unknown>> | null;
}

/** Why a script has no result. */
export type ScriptFault =
  /** It threw, or could not be read. */
  | 'threw'
  /** It computed or waited for too long. */
  | 'tooLong'
  /** Its text, memory, stack or result. */
  | 'tooLarge'
  /** Nobody waits for it any more. */
  | 'abandoned'
  /** Too many scripts at a time. */
  | 'busy'
  /** Its thread ended. */
  | 'broken';

export type ScriptEnd =
  /** `value` is what the bindings made of it; whoever asked for the run checks it. */
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: ScriptFault; readonly message: string };

/** What a script reaches outside its sandbox, by the name its bindings call. */
export interface ScriptHost {
  readonly calls: Readonly<Record<string, (args: readonly unknown[], signal: AbortSignal) => unknown>>;
  log(level: ScriptLogLevel, message: string): void;
}

export type ScriptLogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** Thrown by a call, told to the script, which may catch it. What else a call throws stays outside. */
export class ScriptCallError extends Error {
  override readonly name = 'ScriptCallError';
}
