import {
  createScriptEngine,
  type ScriptEngine,
  type ScriptEngineOptions,
} from '../../src/scripting/scriptEngine.ts';
import type { ScriptEnd, ScriptGeneration, ScriptHost, ScriptInput } from '../../src/scripting/scriptJob.ts';

export const NO_INPUT: ScriptInput = {
  scriptName: 'test',
  realm: '/alpha',
  headers: {},
  parameters: {},
  cookies: {},
  session: null,
  resumed: false,
  answers: [],
  properties: null,
};

export interface ScriptCase {
  readonly generation?: ScriptGeneration;
  readonly input?: Partial<ScriptInput>;
  readonly calls?: ScriptHost['calls'];
  readonly signal?: AbortSignal;
}

export interface ScriptHarness {
  readonly engine: ScriptEngine;
  /** What the scripts logged so far, as `level message`. */
  readonly log: string[];
  readonly run: (text: string, scriptCase?: ScriptCase) => Promise<ScriptEnd>;
  /** The outcome a script ends in. @throws Error if it ends otherwise */
  readonly outcome: (text: string, scriptCase?: ScriptCase) => Promise<unknown>;
}

/** An engine for one test file, with a state of journey in memory unless a case brings other calls. */
export function scriptHarness(options: ScriptEngineOptions = {}): ScriptHarness {
  const engine = createScriptEngine({ threads: 1, ...options });
  const log: string[] = [];
  const run: ScriptHarness['run'] = (text, { generation = 'nextGen', input, calls, signal } = {}) =>
    engine.run(
      { text, generation, input: { ...NO_INPUT, ...input } },
      { calls: calls ?? {}, log: (level, message) => log.push(`${level} ${message}`) },
      signal ?? new AbortController().signal,
    );
  return {
    engine,
    log,
    run,
    async outcome(text, scriptCase) {
      const end = await run(text, scriptCase);
      const { is, outcome } = end.ok
        ? (end.value as { readonly is: string; readonly outcome?: unknown })
        : { is: '' };
      if (is !== 'goTo') throw new Error(`it ended otherwise: ${JSON.stringify(end)}`);
      return outcome;
    },
  };
}
