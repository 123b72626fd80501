import type { GateConfig } from '../config/gateConfig.ts';
import type { Logger } from '../http/logging.ts';
import type { Tracing } from '../traces/tracing.ts';

const LEAST_BETWEEN_WARNINGS_MS = 60_000;

/** Begins to trace, if a collector is configured. What that takes is loaded only then. */
export async function openTracing(
  telemetry: GateConfig['telemetry'],
  logger: Logger,
): Promise<Tracing | undefined> {
  if (telemetry === undefined) return undefined;
  const { createOtlpTracing } = await import('../traces/otlpTracing.ts');
  let warnedAt = Number.NEGATIVE_INFINITY;
  return createOtlpTracing({
    ...telemetry,
    onFailure(code) {
      if (performance.now() - warnedAt < LEAST_BETWEEN_WARNINGS_MS) return;
      warnedAt = performance.now();
      logger.warn({ code }, 'traces were not taken by their collector');
    },
  });
}
