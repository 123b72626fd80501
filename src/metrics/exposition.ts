import { Registry } from 'prom-client';
import { acceptsOpenMetrics } from './acceptsOpenMetrics.ts';

/** Metrics as they go over the wire. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Renders a registry, in OpenMetrics for those who ask for it and in the older text format for everybody else; one after the other. */
export function createExposition(registry: Registry): (accept: string | undefined) => Promise<Exposition> {
  // In OpenMetrics prom-client writes the counters without their suffix, and leaves them without it.
  const names = Object.entries(
    Object.fromEntries(registry.getMetricsAsArray().map((metric) => [metric.name, metric])),
  );
  const renderer = registry as Registry<
    typeof Registry.OPENMETRICS_CONTENT_TYPE | typeof Registry.PROMETHEUS_CONTENT_TYPE
  >;
  let last: Promise<unknown> = Promise.resolve();

  const render = async (accept: string | undefined): Promise<Exposition> => {
    const contentType = acceptsOpenMetrics(accept)
      ? Registry.OPENMETRICS_CONTENT_TYPE
      : Registry.PROMETHEUS_CONTENT_TYPE;
    renderer.setContentType(contentType);
    try {
      return { contentType, text: await renderer.metrics() };
    } finally {
      for (const [name, metric] of names) metric.name = name;
    }
  };

  return (accept) => {
    const mine = last.then(() => render(accept));
    last = mine.catch(() => undefined);
    return mine;
  };
}
