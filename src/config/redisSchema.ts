import { z } from 'zod';
import { isLoopbackHost } from './loopbackHost.ts';
import { file, name, secret } from './schemaParts.ts';

/** What replicas of the gate share. */
export const redisSchema = z
  .strictObject({
    url: z
      .string()
      .refine(isRedisUrl, {
        error:
          'must be an address like rediss://redis.example:6379 or unix:///run/redis.sock, without user, password, path or query',
      })
      .describe(
        'The server: rediss:// (TLS), unix:// (a socket), or redis://, which needs `plaintext` except on loopback.',
      ),
    plaintext: z
      .boolean()
      .default(false)
      .describe(
        'Allow redis:// to other machines: the password travels in clear. What is stored is encrypted anyway.',
      ),
    username: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe("The gate's user in the ACL of Redis; default: Redis' own `default`."),
    password: secret.optional(),
    caFile: file.optional().describe('CA certificates (PEM) to trust instead of those Node.js brings.'),
    certificateFile: file.optional().describe('Client certificate (PEM), if Redis asks for one.'),
    privateKeyFile: file.optional().describe('Its private key (PEM).'),
    serverName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('Name in the certificate of Redis, if it is not that in `url`.'),
    database: z.int().min(0).max(10_000).default(0).describe('Number of the database.'),
    prefix: name
      .default('intune-gate')
      .describe(
        'What every key in Redis begins with: another one for each deployment, the same for all its replicas.',
      ),
    key: secret.describe(
      'Encrypts and authenticates what replicas share, the same for all of them; at least 32 characters, e.g. of `openssl rand -base64 32`.',
    ),
    previousKeys: z
      .array(secret)
      .max(5)
      .default([])
      .describe('Other keys that still open what was stored, for changing `key` (docs/replicas.md).'),
    commandMs: z
      .int()
      .min(5)
      .max(1_000)
      .default(50)
      .describe('How long one question to Redis may take before the gate goes on without, in milliseconds.'),
    connectMs: z
      .int()
      .min(50)
      .max(30_000)
      .default(2_000)
      .describe('Bounds one attempt to connect, in milliseconds.'),
    replicas: z
      .int()
      .min(1)
      .max(1_000)
      .default(2)
      .describe(
        'How many replicas there are at most. While Redis cannot be asked, each makes this part of the calls that `pacing` allows.',
      ),
  })
  .refine(({ url, plaintext }) => plaintext || !url.startsWith('redis:') || isLoopbackHost(hostOf(url)), {
    path: ['url'],
    error: 'would send the password in clear; use rediss://, or set plaintext',
  })
  .refine(({ username, password }) => username === undefined || password !== undefined, {
    path: ['password'],
    error: 'is missing; a user needs one',
  })
  .refine(
    ({ certificateFile, privateKeyFile }) =>
      (certificateFile === undefined) === (privateKeyFile === undefined),
    {
      path: ['certificateFile'],
      error: 'and `privateKeyFile` belong together',
    },
  )
  .refine(
    ({ url, caFile, certificateFile, serverName }) =>
      url.startsWith('rediss:') || [caFile, certificateFile, serverName].every((one) => one === undefined),
    {
      path: ['url'],
      error: 'is without TLS, so caFile, certificateFile and serverName mean nothing; use rediss://',
    },
  )
  .describe(
    'What several replicas of the gate share by way of one Redis 7 (docs/replicas.md). Default: nothing.',
  );

export type RedisConfig = z.output<typeof redisSchema>;

function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isBare = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url.protocol === 'unix:') return isBare && url.hostname === '' && url.pathname.length > 1;
  const isTcp = url.protocol === 'redis:' || url.protocol === 'rediss:';
  return isTcp && isBare && url.hostname !== '' && (url.pathname === '' || url.pathname === '/');
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replaceAll(/[[\]]/g, '') : '';
}
