import type { Counter, Gauge } from 'prom-client';
import type { FleetProgress } from '../answers/fleet/fleetFollower.ts';
import type { Reload } from './gateMetrics.ts';
import type { GateState } from './gateState.ts';
import type { MetricName } from './metricCatalog.ts';

interface Meters {
  readonly counters: Record<MetricName, Counter>;
  readonly gauges: Record<MetricName, Gauge>;
}

/** Fills in what is not counted as it goes. Tenants and places that are gone go from the metrics, too. */
export function measureState(
  { tenants, memory, places, expiries, sinks, historyDevices }: GateState,
  reload: Reload,
  { counters, gauges }: Meters,
): void {
  for (const gauge of Object.values(gauges)) gauge.reset();
  counters.intune_gate_questions_total.reset();
  counters.intune_gate_evicted_answers_total.reset();
  counters.intune_gate_fleet_pages_total.reset();
  counters.intune_gate_event_deliveries_total.reset();
  counters.intune_gate_event_failures_total.reset();

  for (const [tenant, { token, services, questions, follower }] of tenants) {
    if (follower !== undefined) measureFollower(tenant, follower, { counters, gauges });
    gauges.intune_gate_flights.set({ tenant }, questions.underWay);
    for (const how of ['sent', 'joined', 'ahead'] as const) {
      counters.intune_gate_questions_total.inc({ tenant, how }, questions[how]);
    }
    if (token !== undefined) {
      gauges.intune_gate_token_acquired_timestamp_seconds.set({ tenant }, token.acquiredAt / 1_000);
      gauges.intune_gate_token_expiry_timestamp_seconds.set({ tenant }, token.expiresAt / 1_000);
    }
    for (const [service, status] of Object.entries(services)) {
      const labels = { tenant, service };
      gauges.intune_gate_paused_until_timestamp_seconds.set(labels, (status.held?.until ?? 0) / 1_000);
      gauges.intune_gate_calls_waiting.set(labels, status.waiting);
      gauges.intune_gate_retries_left.set(labels, status.retriesLeft);
      for (const state of ['closed', 'open', 'halfOpen'] as const) {
        gauges.intune_gate_circuit_state.set({ ...labels, state }, status.circuit === state ? 1 : 0);
      }
    }
  }
  gauges.intune_gate_remembered_answers.set(memory.entries);
  counters.intune_gate_evicted_answers_total.inc(memory.evictions);
  for (const [kind, { taken, of }] of Object.entries(places)) {
    gauges.intune_gate_places.set({ kind }, of);
    gauges.intune_gate_places_taken.set({ kind }, taken);
  }
  for (const { kind, place, at } of expiries) {
    gauges.intune_gate_certificate_expiry_timestamp_seconds.set({ kind, place }, at / 1_000);
  }
  for (const [sink, status] of sinks) {
    for (const result of ['delivered', 'refused', 'lost'] as const) {
      counters.intune_gate_event_deliveries_total.inc({ sink, result }, status[result]);
    }
    counters.intune_gate_event_failures_total.inc({ sink }, status.failures);
    gauges.intune_gate_events_waiting.set({ sink }, status.waiting);
    gauges.intune_gate_event_sink_failing.set({ sink }, status.failing ? 1 : 0);
  }
  if (historyDevices !== undefined) gauges.intune_gate_history_devices.set(historyDevices);
  gauges.intune_gate_last_reload_timestamp_seconds.set(reload.at / 1_000);
  gauges.intune_gate_last_reload_taken.set(reload.taken ? 1 : 0);
}

function measureFollower(tenant: string, progress: FleetProgress, { counters, gauges }: Meters): void {
  const { is, lastAll, lastRecent, pages, failures, withoutRoom } = progress;
  for (const state of ['stopped', 'paging', 'resting', 'paused', 'waitingForTurn'] as const) {
    gauges.intune_gate_fleet_state.set({ tenant, state }, is === state ? 1 : 0);
  }
  counters.intune_gate_fleet_pages_total.inc({ tenant, result: 'read' }, pages);
  counters.intune_gate_fleet_pages_total.inc({ tenant, result: 'failed' }, failures);
  gauges.intune_gate_fleet_without_room.set({ tenant }, withoutRoom);
  for (const pass of [lastAll, lastRecent].filter((one) => one !== undefined)) {
    const labels = { tenant, pass: pass.kind };
    gauges.intune_gate_fleet_devices.set(labels, pass.devices);
    gauges.intune_gate_fleet_pass_timestamp_seconds.set(labels, (pass.startedAt + pass.durationMs) / 1_000);
  }
}
