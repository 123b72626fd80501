import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Gate } from '../compose.ts';
import type { Environment } from '../config/environment.ts';
import type { GateConfig } from '../config/gateConfig.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { createLogger, type Logger } from '../http/logging.ts';
import type { Command } from './command.ts';
import { createLiveGate } from './liveGate.ts';
import { openTracing } from './openTracing.ts';
import { openGate, placeOf } from './openGate.ts';
import { parseOptions, required } from './parseOptions.ts';
import { untilStopped } from './untilStopped.ts';
import { watchFiles } from './watchFiles.ts';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'run the service',
  help: `
Usage: intune-gate serve --config FILE

Answers POST /v1/decisions, the proxies' /auth/… and, where journeys are configured, PingAM's protocol below /json, until it is told to
stop (SIGTERM, SIGINT). It then finishes what is under way, for at most limits.shutdownMs, sees its events off, for at most two
seconds, and ends. Logs go to stderr, one line of JSON each.

The configuration and every file it names are read again on SIGHUP, and within seconds when one of them changes. If anything is wrong
with them, the gate goes on as it was and says so in the log. Where it listens, the limits and the
telemetry change with a restart only.
`,
  async run(args, io) {
    const { values } = parseOptions(args, { config: { type: 'string', short: 'c' } });
    // Before there is anything to read again, being told to is no reason to end.
    let reload = (): void => undefined;
    io.onHangUp(() => reload());
    const file = required(values.config, '--config FILE');
    const config = loadConfig(file, io.environment);
    const logger = createLogger(config.log.level);
    const tracing = await openTracing(config.telemetry, logger);
    const live = createLiveGate({ config, load: () => reloadConfig(file, io.environment), logger, tracing });
    warnAbout(live.current(), logger);
    const open = await openGate({ config, surface: () => live.current().surface, logger });
    for (const origin of open.origins) {
      const { nodes, journeys } = live.current();
      logger.info(
        { origin, nodes: [...nodes.keys()], journeys: [...(journeys?.checked.runnable.keys() ?? [])] },
        'listening',
      );
    }

    reload = () => {
      if (!live.reload()) return;
      const { config: newer } = live.current();
      warnAbout(live.current(), logger);
      logger.level = newer.log.level;
      open.renewCertificates(newer.listeners);
      if (!isDeepStrictEqual(fixedPartsOf(newer), fixedPartsOf(config))) {
        logger.warn('where the gate listens, its limits and its telemetry change when it is started again');
      }
    };
    const endWatch = watchFiles({ files: () => live.files(), onChange: () => reload() });

    await untilStopped(io.stopped);
    endWatch();
    logger.info('stopping');
    const finished = await finishWithin(config.limits.shutdownMs, async () => {
      await open.close();
      await live.close();
      await tracing?.close();
    });
    if (!finished) open.abandon();
    // However long the rest has taken: what was recorded goes where it belongs, or to disk.
    await live.current().events?.close([]);
    logger.info({ finished }, 'stopped');
    return 0;
  },
};

function warnAbout({ config: { warnings, callers, proxies }, journeys }: Gate, logger: Logger): void {
  for (const { path, message, line } of warnings) {
    logger.warn({ at: path.join('.'), line }, `configuration: ${message}`);
  }
  for (const { severity, message, file, path, tree } of journeys?.checked.findings ?? []) {
    if (severity === 'error') logger.warn({ file, path, tree }, `journey: ${message}`);
  }
  if (callers.length + proxies.length === 0) {
    logger.warn('no caller and no proxy is configured: every decision will be refused');
  }
}

/** What a running gate cannot change. */
function fixedPartsOf({ listeners, limits, telemetry }: GateConfig): object {
  return { listeners: listeners.map(placeOf), limits, telemetry };
}

/** A pipe of the shell has been read to its end, and one that takes its place would be waited for. */
function reloadConfig(file: string, environment: Environment): GateConfig {
  if (!statSync(file).isFile()) throw new Error(`${file} is no regular file, and cannot be read again`);
  return loadConfig(file, environment);
}

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
