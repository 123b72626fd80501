import type { GateEvent } from '../events/gateEvent.ts';

/** Says at the place where they are missing that events are missing. */
export function lossEvent(count: number): GateEvent {
  return {
    type: 'EVENTS_LOST',
    who: { kind: 'gate' },
    what: 'record',
    outcome: 'failed',
    details: { count },
  };
}
