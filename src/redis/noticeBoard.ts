import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisLink } from './redisLink.ts';
import { redisScript } from './redisScript.ts';
import { isNotice, noticeTopic, type Notice } from './notice.ts';
import type { ReplicaSeal } from './replicaSeal.ts';

/**
 * Where replicas tell each other what all of them must know. It is one stream: who is there hears at once, and who was away reads on
 * where it stopped. If the stream itself may have lost something, they hear `everything`.
 */
export interface NoticeBoard {
  /** Tells the others as soon as they can be told. `forget`: names of a device's keys, for what must not be found any more. */
  post(notice: Notice, forget?: DeviceKeys): void;
  /** Tells of what others posted. Returns what ends it. */
  subscribe(listener: (notice: Notice | 'everything') => void): () => void;
  /** Is everything heard that others have to say? */
  isHeard(): boolean;
  /** Of what is older than this, milliseconds since 1970, notices may have been lost for those who were not there. */
  since(): number;
  start(): void;
  /** Posts what is waiting to be posted, once a connection is there. */
  flush(): void;
  close(): void;
}

/** Keys of what is known of one device. */
export interface DeviceKeys {
  readonly answers: string;
  /** Changes with each invalidation: an answer that was asked for before is not kept. */
  readonly turn: string;
}

export interface NoticeBoardOptions {
  /** For posting, and one of its own for listening, as that takes its time. */
  readonly link: RedisLink;
  readonly ear: RedisLink;
  readonly seal: ReplicaSeal;
  readonly prefix: string;
  /** How long notices matter: the longest that any answer may be used, milliseconds. */
  readonly keepMs: number;
  readonly now: () => number;
  readonly random: () => number;
  /** Somebody without the key wrote there. */
  readonly onUnreadable: () => void;
}

const LISTEN_MS = 1_000;
const AT_ONCE = 1_000;
const MOST_WAITING = 10_000;
const MOST_ON_BOARD = 20_000;
const AGAIN_MS = 500;
/** Longer than any question is under way. */
const TURN_MS = 120_000;

/**
 * Keys: stream, epoch, and for a device its answers and its turn. Values: how long notices are kept, milliseconds; the notice; a new
 * word; how long the turn is kept, milliseconds; the most notices.
 */
const POST = redisScript(
  `
if KEYS[3] then
  redis.call('DEL', KEYS[3])
  redis.call('SET', KEYS[4], ARGV[3], 'PX', ARGV[4])
end
if type(redis.pcall('GET', KEYS[2])) ~= 'string' then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], ARGV[3])
end
local time = redis.call('TIME')
local oldest = string.format('%.0f', math.max(0, tonumber(time[1]) * 1000 - tonumber(ARGV[1])))
local added = redis.pcall('XADD', KEYS[1], 'MINID', '~', oldest, '*', 'n', ARGV[2])
if type(added) == 'table' or redis.call('XLEN', KEYS[1]) > tonumber(ARGV[5]) then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], ARGV[3])
  redis.call('XADD', KEYS[1], '*', 'n', ARGV[2])
end
return 1
`,
  true,
);

/** The word that changes when notices may have been lost. */
const EPOCH = redisScript(
  `
local kind = redis.call('TYPE', KEYS[1]).ok
local word = redis.pcall('GET', KEYS[2])
if type(word) ~= 'string' or (kind ~= 'none' and kind ~= 'stream') then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], ARGV[1])
  return ARGV[1]
end
return word
`,
  true,
);

const RESTART = redisScript(
  `
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1])
return 1
`,
  true,
);

/** About what notices are sealed. */
const ABOUT = 'notice';

export function createNoticeBoard(options: NoticeBoardOptions): NoticeBoard {
  const { link, ear, seal, prefix, keepMs, now, random, onUnreadable } = options;
  const stream = `${prefix}:notices`;
  const epochKey = `${prefix}:epoch`;
  const sender = randomUUID();
  const listeners = new Set<(notice: Notice | 'everything') => void>();
  const waiting = new Map<string, { notice: Notice; forget: DeviceKeys | undefined; until: number }>();
  const closing = new AbortController();
  let posting = false;
  /** There was too much to say: all are to forget everything instead. */
  let mustRestart = false;
  let heard = false;
  /** Which server this is, which life of it, and which stream: what was read up to `position` belongs to it. */
  let known: { readonly run: string; readonly epoch: string } | undefined;
  let position = '0-0';

  const epochWord = (): string => `${now()}.${randomUUID()}`;

  const tell = (notice: Notice | 'everything'): void => {
    for (const listener of listeners) listener(notice);
  };

  const pause = async (ms: number): Promise<void> => {
    await delay(ms * (0.5 + random()), undefined, { signal: closing.signal, ref: false }).catch(
      () => undefined,
    );
  };

  const postAll = async (): Promise<void> => {
    if (posting) return;
    posting = true;
    if (mustRestart) mustRestart = !(await link.run(RESTART, [stream, epochKey], [epochWord()])).ok;
    for (const [topic, { notice, forget, until }] of waiting) {
      if (closing.signal.aborted) break;
      if (until <= now()) {
        waiting.delete(topic);
        continue;
      }
      const text = JSON.stringify({ sender, notice });
      const reply = await link.run(
        POST,
        [stream, epochKey, ...(forget === undefined ? [] : [forget.answers, forget.turn])],
        [keepMs, seal.seal(ABOUT, { text, from: now(), until }), epochWord(), TURN_MS, MOST_ON_BOARD],
      );
      if (reply.ok && waiting.get(topic)?.until === until) waiting.delete(topic);
      if (!reply.ok) await pause(AGAIN_MS);
    }
    posting = false;
    if ((waiting.size > 0 || mustRestart) && !closing.signal.aborted) void postAll();
  };

  const readEpoch = async (): Promise<string | undefined> => {
    const reply = await ear.run(EPOCH, [stream, epochKey], [epochWord()]);
    return reply.ok && typeof reply.value === 'string' ? reply.value : undefined;
  };

  const readRun = async (): Promise<string | undefined> => {
    const reply = await ear.send(['INFO', 'server']);
    return reply.ok && typeof reply.value === 'string' ? /^run_id:(\w+)/m.exec(reply.value)?.[1] : undefined;
  };

  const take = (entries: readonly unknown[]): void => {
    let unreadable = false;
    for (const entry of entries) {
      const [id, fields] = Array.isArray(entry) ? (entry as unknown[]) : [];
      if (typeof id !== 'string') continue;
      position = id;
      const sealed: unknown = Array.isArray(fields) ? fields[1] : undefined;
      const opened = typeof sealed === 'string' ? seal.open(ABOUT, sealed) : undefined;
      const posted = opened === undefined ? undefined : readPosted(opened.text);
      if (posted === undefined) unreadable = true;
      else if (posted.sender !== sender) tell(posted.notice);
    }
    if (!unreadable) return;
    // It may be what a replica with another key had to say. Who writes here to make everybody forget could as well empty Redis.
    onUnreadable();
    tell('everything');
  };

  /** @returns false if Redis could not be asked */
  const listen = async (): Promise<boolean> => {
    const run = heard ? known?.run : await readRun();
    const wait = heard ? ['BLOCK', String(LISTEN_MS)] : [];
    const before = await readEpoch();
    if (run === undefined || before === undefined) return false;
    if (known?.run !== run || known.epoch !== before) {
      const isFirst = known === undefined;
      heard = false;
      known = { run, epoch: before };
      position = '0-0';
      // At the beginning, what is on the board tells all there is to tell.
      if (!isFirst) tell('everything');
      return true;
    }
    const reply = await ear.send(
      ['XREAD', 'COUNT', String(AT_ONCE), ...wait, 'STREAMS', stream, position],
      LISTEN_MS * 2,
    );
    if (!reply.ok) return false;
    const entries = entriesOf(reply.value);
    take(entries);
    if (entries.length < AT_ONCE) heard = true;
    return true;
  };

  const listenOn = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      if (await listen()) continue;
      heard = false;
      await pause(AGAIN_MS / 5);
    }
  };

  return {
    post(notice, forget) {
      if (waiting.size >= MOST_WAITING) {
        waiting.clear();
        mustRestart = true;
      }
      waiting.set(noticeTopic(notice), { notice, forget, until: now() + keepMs });
      void postAll();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isHeard: () => heard,
    since: () => Number.parseInt(known?.epoch ?? '', 10) || 0,
    start() {
      void listenOn();
    },
    flush() {
      void postAll();
    },
    close() {
      closing.abort();
      heard = false;
    },
  };
}

function readPosted(text: string): { readonly sender: string; readonly notice: Notice } | undefined {
  const posted = JSON.parse(text) as { readonly sender?: unknown; readonly notice?: unknown };
  return typeof posted.sender === 'string' && isNotice(posted.notice)
    ? { sender: posted.sender, notice: posted.notice }
    : undefined;
}

/** The entries of the one stream that was asked for. */
function entriesOf(value: unknown): readonly unknown[] {
  const streams: unknown = Array.isArray(value) ? value[0] : undefined;
  const entries: unknown = Array.isArray(streams) ? streams[1] : undefined;
  return Array.isArray(entries) ? entries : [];
}
