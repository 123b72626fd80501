import { AsyncLocalStorage } from 'node:async_hooks';
import { rootCertificates } from 'node:tls';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Decision } from '../node/decision.ts';
import type { GraphEvent } from '../graph/graphTenant.ts';
import { reportFailures, type OnExportFailure } from './reportFailures.ts';
import type { Tracing } from './tracing.ts';

export interface OtlpTracingOptions {
  /** The whole URL that traces are posted to. */
  readonly url: string;
  /** Sent with every post. */
  readonly headers: Readonly<Record<string, string>>;
  /** Trusted beside the CAs Node trusts, PEM. */
  readonly caPems: readonly string[];
  /** Share of traces that is sent, 0 to 1, of those that nobody else has decided about. */
  readonly sampling: number;
  readonly serviceName: string;
  /** Callers and proxies whose `traceparent` is believed. */
  readonly from: readonly string[];
  /** How long one post may take, milliseconds. Default 5000. */
  readonly timeoutMs?: number;
  readonly onFailure?: OnExportFailure;
}

const TIMEOUT_MS = 5_000;

/** Traces for a collector that speaks OTLP over HTTP, in JSON. Nothing waits for it, and what it does not take in time is dropped. */
export function createOtlpTracing(options: OtlpTracingOptions): Tracing {
  const exporter = new OTLPTraceExporter({
    url: options.url,
    headers: { ...options.headers },
    timeoutMillis: options.timeoutMs ?? TIMEOUT_MS,
    httpAgentOptions: options.caPems.length === 0 ? {} : { ca: [...rootCertificates, ...options.caPems] },
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.serviceName }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampling) }),
    spanProcessors: [new BatchSpanProcessor(reportFailures(exporter, options.onFailure))],
  });
  const tracer = provider.getTracer('intune-gate');
  const believed = new Set(options.from);
  const current = new AsyncLocalStorage<Context>();

  return {
    async watchDecision({ node, context: { caller, traceparent }, signal }, decide) {
      const parent = caller !== undefined && believed.has(caller) ? contextOf(traceparent) : ROOT_CONTEXT;
      const span = tracer.startSpan(
        'decision',
        { kind: SpanKind.SERVER, attributes: { 'intune_gate.node': node } },
        parent,
      );
      try {
        const traced = await current.run(trace.setSpan(parent, span), decide);
        if (signal?.aborted === true) span.setAttribute('intune_gate.caller_gone', true);
        else describeDecision(span, traced.decision);
        return traced;
      } finally {
        span.end();
      }
    },
    recordGraphEvent(tenant, event) {
      const name = spanName(event);
      if (name === undefined || !('durationMs' in event)) return;
      const end = Date.now();
      const span = tracer.startSpan(
        name,
        {
          kind: SpanKind.CLIENT,
          startTime: new Date(end - event.durationMs),
          attributes: { 'intune_gate.tenant': tenant },
        },
        current.getStore() ?? ROOT_CONTEXT,
      );
      describeGraphEvent(span, event);
      span.end(new Date(end));
    },
    async close() {
      await provider.shutdown().catch(() => undefined);
    },
  };
}

/** What is no valid trace context is passed over, as the standard has it. */
function contextOf(traceparent: string | undefined): Context {
  const parent = traceparent === undefined ? null : parseTraceParent(traceparent);
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

function spanName(event: GraphEvent): string | undefined {
  switch (event.type) {
    case 'requestAttempt':
      return `graph ${event.endpoint}`;
    case 'tokenRefreshed':
    case 'tokenFailed':
      return 'token';
    case 'heldOff':
    case 'circuitChanged':
      return undefined;
  }
}

function describeDecision(span: Span, { outcome, reason, evidence }: Decision): void {
  span.setAttributes({
    'intune_gate.outcome': outcome,
    'intune_gate.reason': reason,
    'intune_gate.source': evidence.source ?? 'none',
  });
  if (outcome === 'Error') span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
}

function describeGraphEvent(span: Span, event: GraphEvent): void {
  const fail = (error: string): void => {
    span.setAttribute('error.type', error);
    span.setStatus({ code: SpanStatusCode.ERROR });
  };
  switch (event.type) {
    case 'requestAttempt': {
      const { endpoint, attempt, status, fault } = event;
      span.setAttributes({ 'intune_gate.endpoint': endpoint, 'http.request.method': 'GET' });
      if (attempt > 1) span.setAttribute('http.request.resend_count', attempt - 1);
      if (status !== undefined) span.setAttribute('http.response.status_code', status);
      if (fault !== undefined) fail(fault);
      else if (status !== undefined && status >= 400) fail(String(status));
      return;
    }
    case 'tokenRefreshed':
      span.setAttribute('intune_gate.trigger', event.trigger);
      return;
    case 'tokenFailed':
      span.setAttribute('intune_gate.trigger', event.trigger);
      fail(event.reason);
      return;
    case 'heldOff':
    case 'circuitChanged':
  }
}
