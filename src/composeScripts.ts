import type { Logger } from 'pino';
import type { JourneysSetup } from './config/resolveJourneys.ts';
import { createDispatcher } from './graph/dispatcher.ts';
import type { ScriptServices } from './journeys/scripted/scriptServices.ts';
import { createScriptEngine } from './scripting/scriptEngine.ts';
import { createScriptHttp } from './scripting/scriptHttp.ts';
import { createScrub, type Scrub } from './sharedState/scrub.ts';

export interface ComposedScripts {
  readonly services: ScriptServices;
  /** Ends the threads and connections of scripts. */
  readonly close: () => Promise<void>;
}

/** Puts together what scripts run in, and what they reach. */
export function composeScripts(
  { read, scripts, variables }: Pick<JourneysSetup, 'read' | 'scripts' | 'variables'>,
  { logger, scrub }: { readonly logger: Logger; readonly scrub: Scrub },
): ComposedScripts {
  const engine = createScriptEngine({
    threads: scripts.threads,
    limits: {
      cpuMs: scripts.cpuMs,
      wallMs: scripts.wallMs,
      memoryBytes: scripts.memoryMiB * 1_048_576,
    },
  });
  const dispatcher = createDispatcher({
    connectTimeoutMs: scripts.httpDeadlineMs,
    extraCaPems: scripts.extraCaPems,
  });
  const libraries = new Map([...read.set.scripts.values()].map(({ name, text }) => [name, text]));
  // A variable may hold a secret as well, so its value stays out of what scripts say.
  const scrubOwn = createScrub([...Object.values(variables), ...Object.values(scripts.secrets)]);
  return {
    services: {
      engine,
      http: createScriptHttp({
        origins: scripts.httpOrigins,
        deadlineMs: scripts.httpDeadlineMs,
        dispatcher,
      }),
      variables,
      secrets: scripts.secrets,
      findLibrary: (name) => libraries.get(name),
      scrub: (text) => scrub(scrubOwn(text)),
      log: (place, level, message) => logger[level](place, `script: ${message}`),
    },
    async close() {
      await Promise.all([engine.close(), dispatcher.destroy()]);
    },
  };
}
