/** What a metric counts or measures, as its page and its exposition describe it. */
export interface MetricFacts {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/**
 * Every metric of the gate. Labels hold names of the configuration and words of closed lists, and never anything that a device, a
 * person or a request brought along: their number is known when the gate starts.
 */
export const METRICS = {
  intune_gate_decisions_total: {
    type: 'counter',
    help: 'Decisions by node, outcome and reason, and by where the answer came from: graph, cache, staleCache, or none.',
    labels: ['node', 'outcome', 'reason', 'source'],
  },
  intune_gate_decision_duration_seconds: {
    type: 'histogram',
    help: 'How long decisions took, from the request context to the answer.',
    labels: ['node', 'source'],
  },
  intune_gate_callers_gone_total: {
    type: 'counter',
    help: 'Decisions that nobody waited for any more when they were made; they count nowhere else.',
    labels: ['node'],
  },
  intune_gate_forward_auth_answers_total: {
    type: 'counter',
    help: 'Answers below /auth by contract (request, forward, ext-authz, none) and HTTP status.',
    labels: ['contract', 'status'],
  },
  intune_gate_policy_verdicts_total: {
    type: 'counter',
    help: 'What became of requests that proxies asked about, by policy: passed, warned, loggedIn, exception, breakGlass, challenged, denied; and wouldChallenge, wouldDeny where the policy only monitors.',
    labels: ['policy', 'verdict'],
  },
  intune_gate_sessions_ended_total: {
    type: 'counter',
    help: 'Sessions that ended because their device became worse, seen when a proxy asked.',
    labels: [],
  },
  intune_gate_places: {
    type: 'gauge',
    help: 'How many decisions there may be at once, and how many of them may wait for Microsoft.',
    labels: ['kind'],
  },
  intune_gate_places_taken: {
    type: 'gauge',
    help: 'How many of the places are taken. At the limit, decisions are answered with Error overloaded.',
    labels: ['kind'],
  },
  intune_gate_remembered_answers: {
    type: 'gauge',
    help: 'Answers in memory, of all tenants.',
    labels: [],
  },
  intune_gate_evicted_answers_total: {
    type: 'counter',
    help: 'Answers that went because memory was full. Begins anew when memory is configured anew.',
    labels: [],
  },
  intune_gate_flights: {
    type: 'gauge',
    help: 'Questions on their way, each one counted once, however many wait for it.',
    labels: ['tenant'],
  },
  intune_gate_questions_total: {
    type: 'counter',
    help: 'Questions that memory could not answer: sent for somebody, joined while under way, or sent ahead to refresh an answer in use.',
    labels: ['tenant', 'how'],
  },
  intune_gate_upstream_requests_total: {
    type: 'counter',
    help: 'Calls to Microsoft Graph, each attempt counted, by class of the HTTP status; none if no answer came.',
    labels: ['tenant', 'endpoint', 'status'],
  },
  intune_gate_upstream_duration_seconds: {
    type: 'histogram',
    help: 'How long calls to Microsoft Graph took, each attempt by itself.',
    labels: ['tenant', 'endpoint'],
  },
  intune_gate_throttled_total: {
    type: 'counter',
    help: 'Calls that Microsoft answered with 429.',
    labels: ['tenant', 'endpoint'],
  },
  intune_gate_held_off_total: {
    type: 'counter',
    help: 'How often the gate began to leave a service alone, or to do so for longer.',
    labels: ['tenant', 'service', 'reason'],
  },
  intune_gate_paused_until_timestamp_seconds: {
    type: 'gauge',
    help: 'Until when a service is left alone, Unix time; 0 if it is not.',
    labels: ['tenant', 'service'],
  },
  intune_gate_circuit_state: {
    type: 'gauge',
    help: '1 for the state the circuit is in (closed, open, halfOpen), 0 for the others.',
    labels: ['tenant', 'service', 'state'],
  },
  intune_gate_circuit_openings_total: {
    type: 'counter',
    help: 'How often the circuit opened.',
    labels: ['tenant', 'service'],
  },
  intune_gate_calls_waiting: {
    type: 'gauge',
    help: 'Calls that wait for their turn: for the pace, the end of a pause or the next attempt.',
    labels: ['tenant', 'service'],
  },
  intune_gate_retries_left: {
    type: 'gauge',
    help: 'Retries that the budget of the last ten seconds still has.',
    labels: ['tenant', 'service'],
  },
  intune_gate_token_requests_total: {
    type: 'counter',
    help: 'Tokens asked for, by what for (missing, ageing, rejected, permissions) and result: ok, or the reason of the failure.',
    labels: ['tenant', 'trigger', 'result'],
  },
  intune_gate_token_acquired_timestamp_seconds: {
    type: 'gauge',
    help: 'When the token at hand was acquired, Unix time. Missing before the first one.',
    labels: ['tenant'],
  },
  intune_gate_token_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When the token at hand expires, Unix time. Missing before the first one.',
    labels: ['tenant'],
  },
  intune_gate_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When the first certificate of a place in the configuration expires, Unix time: credential, listener, anchor or intermediate.',
    labels: ['kind', 'place'],
  },
  intune_gate_fleet_state: {
    type: 'gauge',
    help: '1 for what the follower of a tenant does now: stopped, paging, resting, paused, waitingForTurn.',
    labels: ['tenant', 'state'],
  },
  intune_gate_fleet_pages_total: {
    type: 'counter',
    help: 'Pages of the list of devices by result: read or failed. Begins anew when the follower does.',
    labels: ['tenant', 'result'],
  },
  intune_gate_fleet_devices: {
    type: 'gauge',
    help: 'Devices that the last finished pass has seen: through all devices, or those that checked in recently.',
    labels: ['tenant', 'pass'],
  },
  intune_gate_fleet_pass_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last pass was finished, Unix time. Missing before the first one.',
    labels: ['tenant', 'pass'],
  },
  intune_gate_fleet_without_room: {
    type: 'gauge',
    help: 'Listed answers for which memory had no room: see answers.entries.',
    labels: ['tenant'],
  },
  intune_gate_events_total: {
    type: 'counter',
    help: 'Events that were recorded, by type.',
    labels: ['type'],
  },
  intune_gate_event_deliveries_total: {
    type: 'counter',
    help: 'Events by what became of them at a sink: delivered, refused (set aside for good) or lost. Begins anew when the sink is configured anew.',
    labels: ['sink', 'result'],
  },
  intune_gate_event_failures_total: {
    type: 'counter',
    help: 'Attempts to hand events to a sink that came to nothing. Begins anew when the sink is configured anew.',
    labels: ['sink'],
  },
  intune_gate_events_waiting: {
    type: 'gauge',
    help: 'Events that a sink has taken and that are not at their place yet.',
    labels: ['sink'],
  },
  intune_gate_event_sink_failing: {
    type: 'gauge',
    help: '1 if the last attempt of a sink failed, 0 if not.',
    labels: ['sink'],
  },
  intune_gate_audit_repairs_total: {
    type: 'counter',
    help: 'What was found wrong with the end of the audit log at starts: torn (as after a crash), missing or invalid (as after tampering).',
    labels: ['finding'],
  },
  intune_gate_history_devices: {
    type: 'gauge',
    help: 'Devices whose history is in the memory of this process.',
    labels: [],
  },
  intune_gate_reloads_total: {
    type: 'counter',
    help: 'How often the configuration was read again, by result: taken or refused.',
    labels: ['result'],
  },
  intune_gate_last_reload_timestamp_seconds: {
    type: 'gauge',
    help: 'When the configuration was last read, taken or refused, Unix time. At first the start.',
    labels: [],
  },
  intune_gate_last_reload_taken: {
    type: 'gauge',
    help: '1 if what was last read was taken, 0 if the gate goes on with a former configuration.',
    labels: [],
  },
} as const satisfies Record<string, MetricFacts>;

export type MetricName = keyof typeof METRICS;

/** Seconds: from half a millisecond to the longest deadline that a node may have. */
export const DURATION_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;
