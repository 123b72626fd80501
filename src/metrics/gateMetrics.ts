import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EventType } from '../events/eventTypes.ts';
import type { EventDetails } from '../events/gateEvent.ts';
import type { GraphEvent } from '../graph/graphTenant.ts';
import type { WatchDecision } from '../node/watchedNode.ts';
import type { VerdictWord } from '../policy/verdictWord.ts';
import { createExposition, type Exposition } from './exposition.ts';
import type { GateState } from './gateState.ts';
import { DURATION_BUCKETS, METRICS, type MetricFacts, type MetricName } from './metricCatalog.ts';
import { measureState } from './measureState.ts';
import { statusClass } from './statusClass.ts';

/** The metrics of one process. They go on when the gate is replaced. */
export interface GateMetrics {
  readonly watchDecision: WatchDecision;
  readonly countGraphEvent: (tenant: string, event: GraphEvent) => void;
  readonly countForwardAuth: (contract: string, status: number) => void;
  readonly countEvent: (type: EventType) => void;
  /** What was found wrong with the end of the audit log, as the log itself says it. */
  readonly countAuditRepair: (findings: EventDetails) => void;
  countVerdict(policy: string, verdict: VerdictWord): void;
  countEndedSession(): void;
  /** The configuration was read again and taken, or refused. */
  countReload(taken: boolean): void;
  lastReload(): Reload;
  /** What is known now, with the state of the gate as it is. `accept` is the header that chooses between text and OpenMetrics. */
  expose(state: GateState, accept: string | undefined): Promise<Exposition>;
}

export interface Reload {
  /** When the configuration was last read, milliseconds since 1970. */
  readonly at: number;
  readonly taken: boolean;
}

export interface GateMetricsOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Also measure the process and its event loop. One set of metrics of a process should. */
  readonly measureProcess: boolean;
  /** Milliseconds, with fractions, from any beginning. Default `performance.now`. */
  readonly stopwatch?: () => number;
}

/** What the gate counts and measures, for Prometheus. Holds nothing of a device, a person or a request. */
export function createGateMetrics(options: GateMetricsOptions): GateMetrics {
  const { now, measureProcess, stopwatch = () => performance.now() } = options;
  const registry = new Registry();
  const counters = {} as Record<MetricName, Counter>;
  const gauges = {} as Record<MetricName, Gauge>;
  const histograms = {} as Record<MetricName, Histogram>;
  for (const [name, facts] of Object.entries(METRICS) as [MetricName, MetricFacts][]) {
    const settings = { name, help: facts.help, labelNames: [...facts.labels], registers: [registry] };
    if (facts.type === 'counter') counters[name] = new Counter(settings);
    else if (facts.type === 'gauge') gauges[name] = new Gauge(settings);
    else histograms[name] = new Histogram({ ...settings, buckets: [...DURATION_BUCKETS] });
  }
  if (measureProcess) collectDefaultMetrics({ register: registry });
  const expose = createExposition(registry);
  let reload: Reload = { at: now(), taken: true };

  return {
    async watchDecision({ node, signal }, decide) {
      const startedAt = stopwatch();
      const traced = await decide();
      if (signal?.aborted === true) {
        counters.intune_gate_callers_gone_total.inc({ node });
        return traced;
      }
      const { outcome, reason, evidence } = traced.decision;
      const source = evidence.source ?? 'none';
      counters.intune_gate_decisions_total.inc({ node, outcome, reason, source });
      histograms.intune_gate_decision_duration_seconds.observe(
        { node, source },
        (stopwatch() - startedAt) / 1_000,
      );
      return traced;
    },
    countGraphEvent(tenant, event) {
      switch (event.type) {
        case 'requestAttempt': {
          const { endpoint, status, durationMs } = event;
          counters.intune_gate_upstream_requests_total.inc({ tenant, endpoint, status: statusClass(status) });
          histograms.intune_gate_upstream_duration_seconds.observe({ tenant, endpoint }, durationMs / 1_000);
          if (status === 429) counters.intune_gate_throttled_total.inc({ tenant, endpoint });
          return;
        }
        case 'tokenRefreshed':
        case 'tokenFailed': {
          const { trigger } = event;
          const result = event.type === 'tokenFailed' ? event.reason : 'ok';
          counters.intune_gate_token_requests_total.inc({ tenant, trigger, result });
          return;
        }
        case 'heldOff': {
          const { service, reason } = event;
          counters.intune_gate_held_off_total.inc({ tenant, service, reason });
          return;
        }
        case 'circuitChanged': {
          const { service } = event;
          if (event.state === 'open') counters.intune_gate_circuit_openings_total.inc({ tenant, service });
        }
      }
    },
    countForwardAuth(contract, status) {
      counters.intune_gate_forward_auth_answers_total.inc({ contract, status });
    },
    countEvent(type) {
      counters.intune_gate_events_total.inc({ type });
    },
    countAuditRepair({ tornBytes, missing, lastLine, head }) {
      const { intune_gate_audit_repairs_total: repairs } = counters;
      if (tornBytes !== undefined) repairs.inc({ finding: 'torn' });
      if (missing !== undefined) repairs.inc({ finding: 'missing' });
      if (lastLine !== undefined || head !== undefined) repairs.inc({ finding: 'invalid' });
    },
    countVerdict(policy, verdict) {
      counters.intune_gate_policy_verdicts_total.inc({ policy, verdict });
    },
    countEndedSession() {
      counters.intune_gate_sessions_ended_total.inc();
    },
    countReload(taken) {
      reload = { at: now(), taken };
      counters.intune_gate_reloads_total.inc({ result: taken ? 'taken' : 'refused' });
    },
    lastReload: () => reload,
    expose(state, accept) {
      measureState(state, reload, { counters, gauges });
      return expose(accept);
    },
  };
}
