import type { GraphService } from '../graph/graphEvent.ts';
import { createThrottleMemory, type ThrottleMemory } from '../graph/throttleMemory.ts';
import type { NoticeBoard } from './noticeBoard.ts';

/** What Microsoft asked one replica, all of them heed. `clear` is for this replica alone. */
export function createSharedThrottle(options: {
  readonly tenant: string;
  readonly service: GraphService;
  readonly board: Pick<NoticeBoard, 'post' | 'subscribe'>;
  readonly now: () => number;
}): ThrottleMemory {
  const { tenant, service, board, now } = options;
  const own = createThrottleMemory({ now });
  board.subscribe((notice) => {
    if (
      notice !== 'everything' &&
      notice.type === 'held' &&
      notice.tenant === tenant &&
      notice.service === service
    )
      own.hold(notice.held);
  });
  return {
    held: () => own.held(),
    hold(held) {
      own.hold(held);
      board.post({ type: 'held', tenant, service, held });
    },
    clear: () => own.clear(),
  };
}
