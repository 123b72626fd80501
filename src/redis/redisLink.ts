import { createClient, ErrorReply } from 'redis';
import { createLinkHealth, type LinkHealthOptions } from './linkHealth.ts';
import type { RedisScript } from './redisScript.ts';
import type { RedisSettings } from './redisSettings.ts';

/** An answer, or why there is none: the first word of an error of Redis, `timeout`, or `away`. */
export type RedisReply =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly code: string };

/** One connection to Redis that nobody waits for longer than agreed. Nothing rejects. */
export interface RedisLink {
  /** Connects, and again whenever the connection ends, until it is closed. */
  start(): void;
  send(command: readonly string[], timeoutMs?: number): Promise<RedisReply>;
  run(
    script: RedisScript,
    keys: readonly string[],
    values: readonly (string | number)[],
    timeoutMs?: number,
  ): Promise<RedisReply>;
  close(): void;
}

export interface RedisLinkOptions extends LinkHealthOptions {
  readonly settings: RedisSettings;
  /** Called whenever a connection is there. */
  readonly onReady: () => void;
}

const MOST_UNDER_WAY = 2_000;
const PING_EVERY_MS = 1_000;
const LONGEST_BACKOFF_MS = 5_000;
/** A connection that has been silent for so long is given up, as nobody else may notice that it is dead. */
const SILENCE_MS = 5_000;

const AWAY: RedisReply = { ok: false, code: 'away' };
const LATE: RedisReply = { ok: false, code: 'timeout' };

/** Makes no connection by itself. */
export function createRedisLink({ settings, onReady, ...options }: RedisLinkOptions): RedisLink {
  const { now, random } = options;
  const health = createLinkHealth(options);
  let client: Client | undefined;
  let underWay = 0;
  let openedAt = 0;

  const open = (): void => {
    const opening = createRedisClient(settings, random);
    client = opening;
    openedAt = now();
    // Without a listener, an error would end the process.
    opening.on('error', (error: unknown) => {
      if (client !== opening) return;
      if (error instanceof ErrorReply) health.refused(codeOf(error));
      else if (!opening.isReady) health.lost(codeOf(error));
    });
    opening.on('ready', () => {
      if (client !== opening) return;
      void send(['PING']);
      onReady();
    });
    opening.connect().catch(() => undefined);
  };

  const renewIfDead = (): void => {
    if (client === undefined || health.silentMs() < SILENCE_MS || now() - openedAt < SILENCE_MS) return;
    const dead = client;
    open();
    dead.destroy();
  };

  const send = async (
    command: readonly string[],
    timeoutMs: number = settings.commandMs,
  ): Promise<RedisReply> => {
    if (client?.isReady !== true) return AWAY;
    if (underWay >= MOST_UNDER_WAY || !health.mayAsk()) return LATE;
    const asked = client;
    underWay += 1;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<RedisReply>((resolve) => {
      timer = setTimeout(() => {
        if (client === asked) {
          health.late();
          renewIfDead();
        }
        resolve(LATE);
      }, timeoutMs);
    });
    const answer = asked
      .sendCommand([...command])
      .then(
        (value: unknown): RedisReply => {
          if (client === asked) health.good();
          return { ok: true, value };
        },
        (error: unknown): RedisReply => {
          if (!(error instanceof ErrorReply)) return AWAY;
          const code = codeOf(error);
          // That a script is not there yet is no trouble.
          if (client === asked && code !== 'NOSCRIPT') health.refused(code);
          return { ok: false, code };
        },
      )
      .finally(() => {
        underWay -= 1;
        clearTimeout(timer);
      });
    return Promise.race([answer, late]);
  };

  return {
    start() {
      if (client === undefined) open();
    },
    send,
    async run({ text, sha }, keys, values, timeoutMs) {
      const rest = [String(keys.length), ...keys, ...values.map(String)];
      const reply = await send(['EVALSHA', sha, ...rest], timeoutMs);
      return !reply.ok && reply.code === 'NOSCRIPT' ? send(['EVAL', text, ...rest], timeoutMs) : reply;
    },
    close() {
      const closing = client;
      client = undefined;
      closing?.destroy();
    },
  };
}

type Client = ReturnType<typeof createRedisClient>;

function createRedisClient(settings: RedisSettings, random: () => number) {
  const { place, tls, username, password, database } = settings;
  const common = {
    connectTimeout: settings.connectMs,
    // Also ends a login that gets no answer.
    socketTimeout: SILENCE_MS,
    // Not all replicas come back in the same moment.
    reconnectStrategy: (retries: number) =>
      Math.min(50 * 2 ** Math.min(retries, 10), LONGEST_BACKOFF_MS) * (0.5 + 0.5 * random()),
  };
  return createClient({
    socket:
      'socketPath' in place
        ? { ...common, path: place.socketPath, tls: false }
        : tls === undefined
          ? { ...common, ...place }
          : {
              ...common,
              ...place,
              tls: true,
              minVersion: 'TLSv1.2',
              ...(tls.caPems === undefined ? {} : { ca: [...tls.caPems] }),
              ...(tls.certificatePem === undefined ? {} : { cert: tls.certificatePem }),
              ...(tls.privateKeyPem === undefined ? {} : { key: tls.privateKeyPem }),
              ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
            },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    database,
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_UNDER_WAY,
    pingInterval: PING_EVERY_MS,
    // So that a user needs no more rights than docs/replicas.md says.
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
}

/** A word that tells nothing but the kind of error. */
function codeOf(error: unknown): string {
  if (error instanceof ErrorReply) return /^[A-Z]{2,20}\b/.exec(error.message)?.[0] ?? 'ERR';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z_0-9]{2,60}$/.test(code) ? code : 'closed';
}
