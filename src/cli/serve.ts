import { composeGate } from '../compose.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { createLogger } from '../http/logging.ts';
import type { Command } from './command.ts';
import { openGate } from './openGate.ts';
import { parseOptions, required } from './parseOptions.ts';
import { untilStopped } from './untilStopped.ts';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'run the service',
  help: `
Usage: intune-gate serve --config FILE

Answers POST /v1/decisions and the proxies' /auth/… until it is told to stop (SIGTERM, SIGINT). It then finishes what is under way, for at most
limits.shutdownMs, and ends. Logs go to stderr, one line of JSON each.
`,
  async run(args, io) {
    const { values } = parseOptions(args, { config: { type: 'string', short: 'c' } });
    const config = loadConfig(required(values.config, '--config FILE'), io.environment);
    const logger = createLogger(config.log.level);
    for (const { path, message, line } of config.warnings) {
      logger.warn({ at: path.join('.'), line }, `configuration: ${message}`);
    }
    const gate = composeGate(config, { logger });
    const open = await openGate(gate, config.listeners);
    for (const origin of open.origins) logger.info({ origin, nodes: [...gate.nodes.keys()] }, 'listening');
    if (config.callers.length + config.proxies.length === 0) {
      logger.warn('no caller and no proxy is configured: every decision will be refused');
    }
    await untilStopped(io.stopped);
    logger.info('stopping');
    const finished = await finishWithin(config.limits.shutdownMs, async () => {
      await open.close();
      await gate.close();
    });
    logger.info({ finished }, 'stopped');
    return 0;
  },
};

/** Lets the work finish, but not for ever; what is cut off then gets its connection closed by the end of the process. */
async function finishWithin(limitMs: number, work: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const finished = await Promise.race([work().then(() => true as const), late]);
  clearTimeout(timer);
  return finished;
}
