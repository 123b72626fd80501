import type { AnswerKeeper } from './answers/answerKeeper.ts';
import type { AnswerMemory } from './answers/answerMemory.ts';
import type { FleetFollower } from './answers/fleet/fleetFollower.ts';
import type { GateConfig } from './config/gateConfig.ts';
import type { EventParts } from './composeEvents.ts';
import { findExpiries } from './findExpiries.ts';
import type { GraphTenant } from './graph/graphTenant.ts';
import type { Monitoring } from './http/monitoring.ts';
import type { GateMetrics } from './metrics/gateMetrics.ts';
import type { GateState } from './metrics/gateState.ts';
import { healthReport } from './metrics/healthReport.ts';
import type { Admission } from './node/admission.ts';

/** The parts of a gate that are looked at when somebody asks how it is. */
export interface MonitoredParts {
  readonly config: GateConfig;
  readonly tenants: ReadonlyMap<string, GraphTenant>;
  readonly keepers: ReadonlyMap<string, AnswerKeeper>;
  readonly followers: ReadonlyMap<string, FleetFollower>;
  readonly memory: AnswerMemory;
  readonly events: EventParts | undefined;
  readonly limits: { readonly admission: Admission; readonly waiting: Admission };
}

export function composeMonitoring(parts: MonitoredParts, metrics: GateMetrics): Monitoring {
  const { config, tenants, keepers, followers, memory, limits, events } = parts;
  const expiries = findExpiries(config);
  const placesOf = ({ taken, places }: Admission) => ({ taken, of: places });
  const state = (): GateState => ({
    tenants: new Map(
      [...keepers].flatMap(([name, keeper]) => {
        const tenant = tenants.get(name);
        if (tenant === undefined) return [];
        const follower = followers.get(name)?.progress();
        return [[name, { ...tenant.status(), questions: keeper.questions(), follower }]];
      }),
    ),
    memory: { entries: memory.size, evictions: memory.evictions },
    places: { decisions: placesOf(limits.admission), waiting: placesOf(limits.waiting) },
    expiries,
    sinks: events?.status() ?? new Map(),
    historyDevices: events?.history?.devices,
  });
  return {
    expose: (accept) => metrics.expose(state(), accept),
    health: () => healthReport(state(), metrics.lastReload()),
    countForwardAuth: (contract, status) => metrics.countForwardAuth(contract, status),
  };
}
