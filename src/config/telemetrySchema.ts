import { z } from 'zod';
import { file, name, secret } from './schemaParts.ts';

/** Where traces go. */
export const telemetrySchema = z
  .strictObject({
    otlpEndpoint: z
      .string()
      .refine((value) => isCollectorUrl(value), {
        error: 'must be an http or https URL without a name, a password, a query or a fragment',
      })
      .optional()
      .describe(
        'Collector that takes traces by OTLP over HTTP, e.g. https://collector.example:4318; `/v1/traces` is added unless it stands there. Default: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT; without any, nothing is traced.',
      ),
    headers: z
      .record(
        z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be the name of an HTTP header'),
        secret,
      )
      .default({})
      .describe(
        'Headers for the collector by name, such as an API key. They need https, or a collector on this machine.',
      ),
    caFile: file.optional().describe("PEM file with the CA of the collector, beside Node's own."),
    sampling: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe(
        'Share of decisions that is traced, where the caller has not decided. Default: OTEL_TRACES_SAMPLER with OTEL_TRACES_SAMPLER_ARG, or 1.',
      ),
    serviceName: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('`service.name` of the traces. Default: OTEL_SERVICE_NAME, or intune-gate.'),
    from: z
      .array(name)
      .default([])
      .describe(
        'Callers and proxies whose `traceparent` is believed, so that a decision becomes part of their trace. An empty list means nobody. A proxy must not pass on that of its clients.',
      ),
  })
  .describe('Traces of decisions, for OpenTelemetry. They change when the gate is started again.');

/** A password in a URL would end up in logs, and a query is no part of the protocol. */
export function isCollectorUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, search, hash } = new URL(value);
  return /^https?:$/.test(protocol) && username + password + search + hash === '';
}
