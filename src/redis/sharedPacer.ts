import { createPacer, type Pacer, type Pacing } from '../graph/pacer.ts';
import { createRollingCount } from '../graph/rollingCount.ts';
import type { RedisLink } from './redisLink.ts';
import { redisScript } from './redisScript.ts';

export interface SharedPacerOptions {
  readonly pacing: Pacing;
  /** Among how many replicas the calls are shared out while Redis cannot be asked. */
  readonly replicas: number;
  readonly link: Pick<RedisLink, 'run'>;
  /** Key of what was given out. */
  readonly key: string;
  readonly now: () => number;
}

/** What was given out is counted in so many parts of the window. */
const PARTS = 100;
const LARGEST_STOCK = 64;

/**
 * Key: how many calls were given out for each part of time. Values: length of a part, parts that count, most calls, wanted from when
 * on, how many, not later than. Times are milliseconds from now on, by the clock of Redis. Returns when, and how many.
 */
const RESERVE = redisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local part, span, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local wanted, latest = tonumber(ARGV[5]), tonumber(ARGV[6])
local at = math.floor((now + tonumber(ARGV[4])) / part)
local given = redis.pcall('HGETALL', KEYS[1])
if given.err then redis.call('DEL', KEYS[1]) given = {} end
local counts, total = {}, 0
for i = 1, #given, 2 do
  local place, count = tonumber(given[i]), tonumber(given[i + 1])
  if not place or not count or place <= math.floor(now / part) - span or place > math.floor(now / part) + span * 40 then
    redis.call('HDEL', KEYS[1], given[i])
  elseif place > at - span then
    counts[#counts + 1] = { place, count }
    total = total + count
  end
end
table.sort(counts, function(a, b) return a[1] < b[1] end)
local i = 1
while total >= most and counts[i] do
  at = math.max(at, counts[i][1] + span)
  total = total - counts[i][2]
  i = i + 1
end
local delay = math.max(tonumber(ARGV[4]), at * part - now)
if delay >= latest then return { string.format('%.0f', delay), 0 } end
local granted = math.min(wanted, most - total)
redis.call('HINCRBY', KEYS[1], string.format('%.0f', at), granted)
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', delay + part * (span + 1)))
return { string.format('%.0f', delay), granted }
`);

interface Waiting {
  readonly earliest: number;
  readonly latest: number;
  readonly settle: (at: number) => void;
}

/**
 * Paces all replicas together. Calls are given out by Redis in small lots, for all who wait at once and for what the last moments let
 * expect, so that few have to wait for it; a lot that is not used soon is lost. While Redis cannot be asked, each replica keeps to
 * its share. No replica ever makes more calls than all may, whatever Redis says.
 */
export function createSharedPacer({ pacing, replicas, link, key, now }: SharedPacerOptions): Pacer {
  const { calls, windowMs } = pacing;
  const all = createPacer(pacing, now);
  const share = createPacer({ calls: Math.max(1, Math.floor(calls / replicas)), windowMs }, now);
  const recent = createRollingCount({ windowMs: 1_000, now });
  const partMs = Math.max(1, Math.ceil(windowMs / PARTS));
  // A call is made up to two parts after the beginning of its own.
  const span = Math.ceil(windowMs / partMs) + 3;
  let stock = { from: 0, until: 0, left: 0 };
  let waiting: Waiting[] = [];
  let asking = false;

  /** From the stock, if there is something for this time. */
  const fromStock = (earliest: number): number | undefined => {
    const at = Math.max(earliest, stock.from);
    if (stock.left === 0 || at > stock.until || now() > stock.until) return undefined;
    return at;
  };

  const askRedis = async (): Promise<void> => {
    while (waiting.length > 0) {
      const first = waiting[0]?.earliest ?? 0;
      const lot = waiting.filter(({ earliest }) => earliest <= Math.max(first, now()));
      waiting = waiting.filter((one) => !lot.includes(one));
      const sentAt = now();
      const ahead = first > sentAt ? 0 : Math.min(LARGEST_STOCK, Math.floor(recent.total() / 8));
      const latest = Math.max(...lot.map((one) => one.latest));
      const reply = await link.run(
        RESERVE,
        [key],
        [
          partMs,
          span,
          calls,
          Math.max(0, Math.ceil(first - sentAt)),
          Math.min(calls, lot.length + ahead),
          Math.min(Math.ceil(latest - sentAt), 600_000),
        ],
      );
      const [delayMs, granted] =
        reply.ok && Array.isArray(reply.value) ? (reply.value as unknown[]).map(Number) : [];
      if (
        !Number.isFinite(delayMs) ||
        !Number.isFinite(granted) ||
        delayMs === undefined ||
        granted === undefined
      ) {
        for (const { earliest, latest: last, settle } of lot) settle(await share.reserve(earliest, last));
        continue;
      }
      const from = delayMs === 0 ? sentAt : now() + delayMs;
      stock = { from, until: sentAt + delayMs + partMs, left: granted };
      const early: Waiting[] = [];
      for (const one of lot) {
        const at = Math.max(one.earliest, from);
        if (at >= one.latest) one.settle(at);
        else if (stock.left > 0) {
          stock.left -= 1;
          one.settle(at);
        } else early.push(one);
      }
      waiting = [...early, ...waiting];
    }
    asking = false;
  };

  const reserveTogether = async (earliest: number, latest: number): Promise<number> => {
    const at = waiting.length === 0 ? fromStock(earliest) : undefined;
    if (at !== undefined && at < latest) {
      stock.left -= 1;
      return at;
    }
    return new Promise((settle) => {
      waiting.push({ earliest, latest, settle });
      if (asking) return;
      asking = true;
      void askRedis();
    });
  };

  return {
    async reserve(earliest, latest) {
      recent.add();
      const at = await reserveTogether(earliest, latest);
      return at >= latest ? at : all.reserve(at, latest);
    },
  };
}
