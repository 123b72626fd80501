import { randomUUID } from 'node:crypto';
import { toCloudEvent, type CloudEvent } from '../events/cloudEvent.ts';
import type { EventLog, GateEvent } from '../events/gateEvent.ts';
import type { NameUser } from '../events/userNames.ts';
import type { EventSink, RecordedEvent } from './eventSink.ts';

export interface EventRecorderOptions {
  /** Which gate says so: a URI. */
  readonly source: string;
  readonly nameUser: NameUser;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly createId?: () => string;
  /** Told of each event, for those who count. */
  readonly onRecorded?: ((type: GateEvent['type']) => void) | undefined;
}

/** Hands events on to sinks, some at a time. */
export interface EventRecorder extends EventLog {
  /** Where events go from now on. */
  setSinks(sinks: readonly Pick<EventSink, 'take'>[]): void;
  /** Hands on what another recorder has taken down. */
  readonly pass: (events: readonly RecordedEvent[]) => void;
  /** An event as JSON, for sinks that have something to say themselves. */
  readonly describe: (event: GateEvent) => string;
  /** Hands on what is still here. */
  flush(): void;
}

/** So long events are collected, milliseconds. Until then a crash loses them. */
const COLLECT_MS = 50;
const MOST_COLLECTED = 1_000;
const LONGEST_JSON = 32_768;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { source, nameUser, now, createId = randomUUID, onRecorded } = options;
  let sinks: readonly Pick<EventSink, 'take'>[] = [];
  let collected: CloudEvent[] = [];
  let timer: NodeJS.Timeout | undefined;

  const frame = (event: GateEvent): CloudEvent =>
    toCloudEvent(event, { source, nameUser, id: event.id ?? createId(), at: event.at ?? now() });

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (collected.length === 0) return;
    const batch: readonly RecordedEvent[] = collected.map((event) => ({ event, json: textOf(event) }));
    collected = [];
    pass(batch);
  }

  function pass(batch: readonly RecordedEvent[]): void {
    for (const sink of sinks) sink.take(batch);
  }

  return {
    record(event) {
      try {
        collected.push(frame(event));
        onRecorded?.(event.type);
        if (collected.length >= MOST_COLLECTED) flush();
        else timer ??= setTimeout(flush, COLLECT_MS).unref();
      } catch {
        // Whoever records must go on. Only a time that is none comes here, and that is a bug tests find.
      }
    },
    setSinks(next) {
      flush();
      sinks = next;
    },
    describe: (event) => textOf(frame(event)),
    flush,
    pass,
  };
}

/** Details are small by agreement. Whoever breaks it loses them, and not the event. */
function textOf(event: CloudEvent): string {
  const json = JSON.stringify(event);
  if (json.length <= LONGEST_JSON) return json;
  return JSON.stringify({ ...event, data: { ...event.data, details: { omitted: 'too large' } } });
}
