import type { FleetProgress } from '../answers/fleet/fleetFollower.ts';
import type { PassProgress } from '../answers/fleet/followerEvent.ts';
import type { Reload } from './gateMetrics.ts';
import type { GateState } from './gateState.ts';

/** Pure: the gate as `/health` shows it. Names of the configuration and moments in ISO 8601, UTC; null for what there is not. */
export function healthReport(
  { tenants, memory, places, expiries, sinks }: GateState,
  reload: Reload,
): object {
  return {
    status: 'ok',
    tenants: Object.fromEntries(
      [...tenants].map(([name, { token, services, questions, follower }]) => [
        name,
        {
          token:
            token === undefined
              ? null
              : { acquiredAt: iso(token.acquiredAt), expiresAt: iso(token.expiresAt) },
          services: Object.fromEntries(
            Object.entries(services).map(([service, { circuit, held, waiting, retriesLeft }]) => [
              service,
              {
                circuit,
                pausedUntil: held === undefined ? null : iso(held.until),
                pausedFor: held?.reason ?? null,
                callsWaiting: waiting,
                retriesLeft,
              },
            ]),
          ),
          questionsUnderWay: questions.underWay,
          fleet: follower === undefined ? null : fleetReport(follower),
        },
      ]),
    ),
    memory,
    places,
    configuration: { readAt: iso(reload.at), taken: reload.taken },
    events: Object.fromEntries(sinks),
    certificates: expiries.map(({ kind, place, at }) => ({ kind, place, expiresAt: iso(at) })),
  };
}

function fleetReport({ is, underWay, lastAll, lastRecent, withoutRoom }: FleetProgress): object {
  return {
    is,
    underWay: underWay.map(passReport),
    lastAll: lastAll === undefined ? null : passReport(lastAll),
    lastRecent: lastRecent === undefined ? null : passReport(lastRecent),
    withoutRoom,
  };
}

function passReport({ startedAt, ...facts }: PassProgress): object {
  return { ...facts, startedAt: iso(startedAt) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
