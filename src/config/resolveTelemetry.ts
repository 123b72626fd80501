import type { ConfigFile } from './configSchema.ts';
import { parseFlag } from './environment.ts';
import type { GateConfig } from './gateConfig.ts';
import { isLoopbackHost } from './loopbackHost.ts';
import { MISSING, type Resolution } from './resolution.ts';
import { resolveCaPems } from './resolveCaPems.ts';
import { isCollectorUrl } from './telemetrySchema.ts';

const AT = ['telemetry'];
const SERVICE_NAME = 'intune-gate';

/** Where traces go, with what the usual variables say where the file says nothing. Undefined if nobody names a collector. */
export function resolveTelemetry(
  file: ConfigFile['telemetry'],
  resolution: Resolution,
): GateConfig['telemetry'] {
  const { environment, problem } = resolution;
  const url = file.otlpEndpoint === undefined ? urlFrom(resolution) : tracesUrl(file.otlpEndpoint);
  if (url === undefined) {
    if (Object.keys(file.headers).length + file.from.length > 0) {
      problem([...AT, 'otlpEndpoint'], 'is missing, and no OTEL_EXPORTER_OTLP_… variable names a collector');
    }
    return undefined;
  }
  const headers = { ...headersFrom(resolution) };
  for (const [name, reference] of Object.entries(file.headers)) {
    headers[name.toLowerCase()] = resolution.readSecret([...AT, 'headers', name], reference) ?? MISSING;
  }
  const { protocol, hostname } = new URL(url);
  if (
    Object.keys(headers).length > 0 &&
    protocol === 'http:' &&
    !isLoopbackHost(hostname.replaceAll(/[[\]]/g, ''))
  ) {
    problem([...AT, 'headers'], 'would go over the network unencrypted; the collector needs https');
  }
  return {
    url,
    headers,
    caPems: resolveCaPems(file.caFile, [...AT, 'caFile'], resolution) ?? [],
    sampling: file.sampling ?? samplingFrom(resolution),
    serviceName: file.serviceName ?? (environment['OTEL_SERVICE_NAME']?.trim() || SERVICE_NAME),
    from: file.from,
  };
}

function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.origin}${path.endsWith('/v1/traces') ? path : `${path}/v1/traces`}`;
}

function urlFrom({ environment, problem }: Resolution): string | undefined {
  if (parseFlag(environment['OTEL_SDK_DISABLED']) === true) return undefined;
  const whole = environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']?.trim() ?? '';
  const base = environment['OTEL_EXPORTER_OTLP_ENDPOINT']?.trim() ?? '';
  const endpoint = whole === '' ? base : whole;
  if (endpoint === '') return undefined;
  if (!isCollectorUrl(endpoint)) {
    problem(
      [...AT, 'otlpEndpoint'],
      `comes from the environment variable OTEL_EXPORTER_OTLP_${whole === '' ? '' : 'TRACES_'}ENDPOINT, which is no plain http or https URL`,
    );
    return undefined;
  }
  return whole === '' ? tracesUrl(base) : whole;
}

/** `name=value,name=value`, with values as in a URL. */
function headersFrom({ environment, problem, keepSecret }: Resolution): Record<string, string> {
  const text =
    environment['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] ?? environment['OTEL_EXPORTER_OTLP_HEADERS'] ?? '';
  const headers: Record<string, string> = {};
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [, name, value] = /^\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    const decoded = decode(value);
    if (name === undefined || decoded === undefined) {
      problem(
        [...AT, 'headers'],
        'come from OTEL_EXPORTER_OTLP_HEADERS, which is not of the form name=value',
      );
      return {};
    }
    keepSecret(decoded);
    headers[name.toLowerCase()] = decoded;
  }
  return headers;
}

function decode(value: string | undefined): string | undefined {
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function samplingFrom({ environment, problem }: Resolution): number {
  const sampler = environment['OTEL_TRACES_SAMPLER']?.trim() ?? '';
  const argument = environment['OTEL_TRACES_SAMPLER_ARG']?.trim() ?? '';
  switch (sampler.replace(/^parentbased_/, '')) {
    case '':
    case 'always_on':
      return 1;
    case 'always_off':
      return 0;
    case 'traceidratio': {
      const share = argument === '' ? 1 : Number(argument);
      if (share >= 0 && share <= 1) return share;
    }
  }
  problem(
    [...AT, 'sampling'],
    'comes from the environment variables OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG, which name no sampler that is known, or no share from 0 to 1',
  );
  return 0;
}
