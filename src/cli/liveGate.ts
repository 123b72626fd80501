import { composeGate, type Gate } from '../compose.ts';
import { endFollowers } from '../composeFollowers.ts';
import { ConfigError } from '../config/configProblem.ts';
import type { GateConfig } from '../config/gateConfig.ts';
import type { GateEvent } from '../events/gateEvent.ts';
import type { Logger } from '../http/logging.ts';
import type { Tracing } from '../traces/tracing.ts';

export interface LiveGateOptions {
  /** What to begin with. */
  readonly config: GateConfig;
  /** Reads the configuration and everything it names once more. @throws Error if any of it is not good */
  readonly load: () => GateConfig;
  readonly logger: Logger;
  readonly tracing?: Tracing | undefined;
}

/** A gate that can be replaced while it answers. */
export interface LiveGate {
  current(): Gate;
  /** What should be watched: the files of the gate, and those of a configuration that was not good. */
  files(): ReadonlyMap<string, string>;
  /**
   * Reads the configuration again and puts a new gate in the place of the old one, which finishes what it has begun. If anything is
   * wrong with the new one, the old one stays and the log says why.
   *
   * @returns true if the gate was replaced
   */
  reload(): boolean;
  close(): Promise<void>;
}

/** Longer than any decision may take. */
const FAREWELL_MS = 65_000;

export function createLiveGate({ config, load, logger, tracing }: LiveGateOptions): LiveGate {
  let gate = composeGate(config, { logger, tracing });
  gate.start();
  follow(gate);
  /** Files of the newest attempt, good or not. */
  let { files } = config;
  const leaving = new Map<Gate, NodeJS.Timeout>();
  let closed = false;

  function leave(former: Gate): void {
    const end = (): void => {
      leaving.delete(former);
      void former.close([gate, ...leaving.keys()]);
    };
    leaving.set(former, setTimeout(end, FAREWELL_MS).unref());
  }

  /** Two that page the same tenant would be one too many. */
  async function replaceFollowers(former: Gate): Promise<void> {
    await endFollowers(former.followers, [gate]);
    if (!closed) follow(gate);
  }

  return {
    current: () => gate,
    files: () => files,
    reload() {
      try {
        const former = gate;
        const newer = load();
        files = newer.files;
        gate = composeGate(newer, { logger, tracing, former });
        gate.start();
        leave(former);
        gate.metrics?.countReload(true);
        gate.events?.log.record(reloadEvent('done'));
        void replaceFollowers(former);
        logger.info({ nodes: [...gate.nodes.keys()] }, 'configuration read again');
        return true;
      } catch (error) {
        gate.metrics?.countReload(false);
        gate.events?.log.record(reloadEvent('refused'));
        if (error instanceof ConfigError) files = new Map([...gate.config.files, ...error.files]);
        logger.error(
          { problem: (error as Error).message },
          'the configuration is not good; the gate goes on with the former one',
        );
        return false;
      }
    },
    async close() {
      closed = true;
      for (const timer of leaving.values()) clearTimeout(timer);
      // The last gate has taken over what the others shared with it, and ends it.
      await Promise.all([...leaving.keys()].map((one) => one.close([gate])));
      await gate.close();
    },
  };
}

function follow({ followers }: Gate): void {
  for (const follower of followers.values()) follower.start();
}

function reloadEvent(outcome: 'done' | 'refused'): GateEvent {
  return { type: 'CONFIGURATION_CHANGED', who: { kind: 'gate' }, what: 'reload', outcome };
}
