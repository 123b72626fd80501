import type { ScriptEnd, ScriptJob, ScriptLogLevel } from './scriptJob.ts';
import type { ScriptLimits } from './scriptLimits.ts';

/** What a thread is started with. */
export interface ThreadData {
  readonly limits: ScriptLimits;
  /** One Int32: 1 when the reply to a call has been sent. The thread sleeps on it. */
  readonly replied: SharedArrayBuffer;
}

export type ToThread =
  | { readonly is: 'run'; readonly job: ScriptJob }
  /** JSON: `{"value": …}`, or `{"error": "…"}` for the script to see. */
  | { readonly is: 'reply'; readonly json: string };

export type FromThread =
  /** It has started, and takes scripts. */
  | { readonly is: 'ready' }
  | { readonly is: 'call'; readonly name: string; readonly args: readonly unknown[] }
  | { readonly is: 'log'; readonly level: ScriptLogLevel; readonly message: string }
  | { readonly is: 'end'; readonly end: ScriptEnd };
