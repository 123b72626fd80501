import type { ScriptEngine } from '../../scripting/scriptEngine.ts';
import type { ScriptHttp } from '../../scripting/scriptHttp.ts';
import type { ScriptLogLevel } from '../../scripting/scriptJob.ts';
import type { Scrub } from '../../sharedState/scrub.ts';

/** What scripts of journeys reach the world through. */
export interface ScriptServices {
  readonly engine: ScriptEngine;
  readonly http: ScriptHttp;
  /** Environment variables (ESV) by name, e.g. `esv.mail.host`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Secrets by label. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Text of a library script by its name. */
  readonly findLibrary: (name: string) => string | undefined;
  /** Takes configured secrets out of what scripts log and throw. */
  readonly scrub: Scrub;
  readonly log: (about: ScriptPlace, level: ScriptLogLevel, message: string) => void;
}

export interface ScriptPlace {
  readonly journeyId: string;
  readonly tree: string;
  readonly node: string;
  readonly script: string;
}
