import { composeGate, type Gate } from '../compose.ts';
import type { GateConfig } from '../config/gateConfig.ts';
import type { Logger } from '../http/logging.ts';

export interface LiveGateOptions {
  /** What to begin with. */
  readonly config: GateConfig;
  /** Reads the configuration and everything it names. @throws Error if any of it is not good */
  readonly load: () => GateConfig;
  readonly logger: Logger;
}

/** A gate that can be replaced while it answers. */
export interface LiveGate {
  current(): Gate;
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

export function createLiveGate({ config, load, logger }: LiveGateOptions): LiveGate {
  let gate = composeGate(config, { logger });
  const leaving = new Map<Gate, NodeJS.Timeout>();

  function leave(former: Gate): void {
    const end = (): void => {
      leaving.delete(former);
      void former.close(gate);
    };
    leaving.set(former, setTimeout(end, FAREWELL_MS).unref());
  }

  return {
    current: () => gate,
    reload() {
      try {
        const former = gate;
        gate = composeGate(load(), { logger, former });
        leave(former);
        logger.info({ nodes: [...gate.nodes.keys()] }, 'configuration read again');
        return true;
      } catch (error) {
        logger.error(
          { problem: (error as Error).message },
          'the configuration is not good; the gate goes on with the former one',
        );
        return false;
      }
    },
    async close() {
      for (const timer of leaving.values()) clearTimeout(timer);
      await Promise.all([...leaving.keys(), gate].map((one) => one.close()));
    },
  };
}
