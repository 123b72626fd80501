import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';

/** Told that traces were lost: the HTTP status of the collector, or the code of the network; undefined if neither is known. */
export type OnExportFailure = (code: string | undefined) => void;

/** The same exporter, except that somebody hears of what it could not send. Its errors hold URLs and bodies, so they stay here. */
export function reportFailures(exporter: SpanExporter, onFailure?: OnExportFailure): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) onFailure?.(codeOf(result.error));
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'number' || (typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code))
    ? String(code)
    : undefined;
}
