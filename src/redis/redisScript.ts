import { createHash } from 'node:crypto';

/** A Lua program that Redis runs as one step. */
export interface RedisScript {
  readonly text: string;
  /** What it is known by once it was sent. */
  readonly sha: string;
}

/** `neededWhenFull`: runs even if no memory is left, as it makes room or carries what must not be lost. */
export function redisScript(body: string, neededWhenFull = false): RedisScript {
  const text = `#!lua flags=${neededWhenFull ? 'allow-oom' : ''}\n${body.trim()}\n`;
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}
