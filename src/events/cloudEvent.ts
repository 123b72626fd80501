import { EVENT_TYPES, type EventType } from './eventTypes.ts';
import type { EventActor, EventDetails, GateEvent } from './gateEvent.ts';
import type { NameUser } from './userNames.ts';

/** An event in the JSON form of CloudEvents 1.0. What there is nothing to say of is left out. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: EventType;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The device, if the event is about one. */
  readonly subject?: string | undefined;
  readonly datacontenttype: 'application/json';
  readonly data: {
    readonly code: string;
    readonly who: EventActor;
    readonly what: string;
    readonly why?: string | undefined;
    readonly outcome: string;
    readonly reason?: string | undefined;
    readonly decisionId?: string | undefined;
    readonly node?: string | undefined;
    readonly policy?: string | undefined;
    readonly tenant?: string | undefined;
    readonly device?: GateEvent['device'];
    readonly user?: string | undefined;
    readonly details?: EventDetails | undefined;
  };
}

/** What an event gets beside what happened. */
export interface CloudEventFrame {
  /** Which gate says so: a URI. */
  readonly source: string;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly nameUser: NameUser;
}

/** Longest text that somebody may have typed. */
const LONGEST_TEXT = 500;

/** Pure: the event as it leaves. Names of people leave as `nameUser` has them. */
export function toCloudEvent(event: GateEvent, { source, id, at, nameUser }: CloudEventFrame): CloudEvent {
  const { type, who, why, user, device } = event;
  return {
    specversion: '1.0',
    id,
    source,
    type,
    time: new Date(at).toISOString(),
    subject: device?.intuneId ?? device?.id ?? device?.entraId,
    datacontenttype: 'application/json',
    data: {
      code: EVENT_TYPES[type].code,
      who:
        who.kind === 'person' && who.name !== undefined
          ? { kind: who.kind, name: nameUser(who.name) }
          : { kind: who.kind, name: who.name },
      what: event.what,
      why: why?.slice(0, LONGEST_TEXT),
      outcome: event.outcome,
      reason: event.reason,
      decisionId: event.decisionId,
      node: event.node,
      policy: event.policy,
      tenant: event.tenant,
      device,
      user: user === undefined ? undefined : nameUser(user),
      details: event.details,
    },
  };
}
