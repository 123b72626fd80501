import {
  DefaultIntrinsics,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
  Scope,
} from 'quickjs-emscripten-core';
import type { Preludes } from './preludes.ts';
import type { ScriptEnd, ScriptFault, ScriptJob } from './scriptJob.ts';
import type { ScriptLimits } from './scriptLimits.ts';

export interface SandboxOptions {
  readonly quickjs: QuickJSWASMModule;
  readonly preludes: Preludes;
  readonly limits: ScriptLimits;
  /** Answers a call of the bindings; JSON in, JSON out. It blocks. */
  readonly host: (name: string, args: string) => string;
  /** Milliseconds that have passed while `host` blocked. */
  readonly waitedMs: () => number;
  /** Milliseconds, always forward. */
  readonly clock: () => number;
}

export interface SandboxRun {
  readonly end: ScriptEnd;
  /** The instance of the engine may not be used again. */
  readonly spoiled: boolean;
}

/** In the stack of an error this tells the lines of the script from those of its bindings. */
const SCRIPT_NAME = '<script>';

/** What the script says with variables of its own: a name is read as the script would, so that `let` counts as well. */
const READ_RESULT = `[typeof outcome === 'undefined' ? undefined : outcome, typeof action === 'undefined' ? undefined : action]`;

/**
 * Runs one script in a QuickJS runtime of its own, which ends with it. Nothing of Node is in it: the script sees the language, its
 * bindings, and one function that takes and gives text. Promises do not run: AM's engine has none either.
 */
export function runInSandbox(job: ScriptJob, options: SandboxOptions): SandboxRun {
  const { quickjs, limits, clock, waitedMs } = options;
  if (job.text.length > limits.textCharacters)
    return { end: failed('tooLarge', 'the script is too long'), spoiled: false };
  const startedAt = clock();
  const waitedBefore = waitedMs();
  let isLate = false;
  const runtime = quickjs.newRuntime();
  runtime.setMemoryLimit(limits.memoryBytes);
  runtime.setMaxStackSize(limits.stackBytes);
  runtime.setInterruptHandler(() => {
    isLate ||= clock() - startedAt - (waitedMs() - waitedBefore) > limits.cpuMs;
    return isLate;
  });
  try {
    const context = runtime.newContext({ intrinsics: { ...DefaultIntrinsics, Promise: false } });
    const end = Scope.withScope((scope) => run(context, scope, job, options));
    if (isLate) return { end: failed('tooLong', TOO_LONG), spoiled: true };
    // What was stopped in the middle holds things nobody can free any more.
    if (!end.ok && end.fault === 'tooLarge') return { end, spoiled: true };
    context.dispose();
    runtime.dispose();
    return { end, spoiled: false };
  } catch (error) {
    // Out of memory between two instructions, or a stack that ended inside the engine.
    const message = error instanceof Error ? error.message : 'the engine failed';
    return { end: isLate ? failed('tooLong', TOO_LONG) : failed('tooLarge', message), spoiled: true };
  }
}

const TOO_LONG = 'the script computed for too long';

function run(
  context: QuickJSContext,
  scope: Scope,
  { text, generation, input }: ScriptJob,
  { preludes, limits, host }: SandboxOptions,
): ScriptEnd {
  const keep = <H extends QuickJSHandle>(handle: H): H => scope.manage(handle);
  const load = (source: string): QuickJSHandle =>
    keep(context.unwrapResult(context.evalCode(source, 'bindings')));
  const call = (target: QuickJSHandle, ...args: readonly QuickJSHandle[]) =>
    context.callFunction(target, context.undefined, ...args);

  const hostFunction = keep(
    context.newFunction('host', (name, args) =>
      context.newString(host(context.getString(name), context.getString(args))),
    ),
  );
  const kit = keep(context.unwrapResult(call(load(preludes.common), hostFunction)));
  const describe = keep(context.getProp(kit, 'describe'));
  const json = keep(context.newString(JSON.stringify(input)));
  const finish = keep(context.unwrapResult(call(load(preludes[generation]), kit, json)));

  const ran = context.evalCode(text, SCRIPT_NAME);
  if (ran.error) return thrown(keep(ran.error));
  keep(ran.value);
  const read = context.evalCode(READ_RESULT);
  if (read.error) return thrown(keep(read.error));
  const result = keep(read.value);
  const finished = call(finish, keep(context.getProp(result, 0)), keep(context.getProp(result, 1)));
  if (finished.error) return thrown(keep(finished.error));
  const value = keep(finished.value);
  if (context.typeof(value) !== 'string') return failed('threw', 'the script has no result');
  if (context.getNumber(keep(context.getProp(value, 'length'))) > limits.resultCharacters)
    return failed('tooLarge', 'the result is too large');
  return { ok: true, value: JSON.parse(context.getString(value)) as unknown };

  function thrown(error: QuickJSHandle): ScriptEnd {
    const told = call(describe, error);
    if (told.error) {
      keep(told.error);
      return failed('threw', 'what it threw cannot be read');
    }
    const message = context.getString(keep(told.value));
    const isTooLarge = /^InternalError: (?:out of memory|stack overflow|string too long)/.test(message);
    return failed(isTooLarge ? 'tooLarge' : 'threw', message);
  }
}

function failed(fault: ScriptFault, message: string): ScriptEnd {
  return { ok: false, fault, message };
}
