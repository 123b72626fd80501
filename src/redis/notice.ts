import type { Invalidated } from '../answers/answerStore.ts';
import type { GraphService } from '../graph/graphEvent.ts';
import type { Held } from '../graph/throttleMemory.ts';

/** What replicas tell each other: a device is to be forgotten, or Microsoft asked to be left alone. */
export type Notice =
  | { readonly type: 'invalidated'; readonly device: Exclude<Invalidated, 'everything'> }
  | { readonly type: 'held'; readonly tenant: string; readonly service: GraphService; readonly held: Held };

/** Of two notices about the same, the newer one is enough. */
export function noticeTopic(notice: Notice): string {
  return notice.type === 'invalidated'
    ? `${notice.device.id}${notice.device.tenant}`
    : `${notice.service} ${notice.tenant}`;
}

/** Only replicas of this very form can seal one, so its type is enough. */
export function isNotice(value: unknown): value is Notice {
  const type = (value as { readonly type?: unknown } | null | undefined)?.type;
  return type === 'invalidated' || type === 'held';
}
