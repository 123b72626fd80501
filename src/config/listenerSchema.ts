import { z } from 'zod';
import { isListenHost } from './listenHost.ts';
import { file } from './schemaParts.ts';

/** One place to listen at: an address and a port, or a Unix socket. */
export const listener = z.strictObject({
  host: z
    .string()
    .refine((value) => isListenHost(value), {
      error:
        'must be an address or a host name of this machine, e.g. 127.0.0.1, :: or fe80::1%eth0 (without a port)',
    })
    .default('127.0.0.1')
    .describe('Address to listen on.'),
  port: z.int().min(0).max(65_535).default(8080).describe('Port; 0 picks a free one.'),
  socket: z
    .strictObject({
      path: file
        .max(100, 'is longer than the path of a socket may be (100 characters)')
        .describe('Path of the socket, relative to the configuration file.'),
      mode: z
        .string()
        .regex(/^0?[0-7]{3}$/, 'must be permissions such as 0660')
        .default('0660')
        .describe('Permissions of the socket, octal, as text. Whoever may write to it may speak.'),
    })
    .optional()
    .describe('A Unix socket instead of `host` and `port`.'),
  tls: z
    .strictObject({
      certificateFile: file,
      privateKeyFile: file,
      devices: z
        .boolean()
        .default(false)
        .describe(
          'Devices connect here by themselves: a client certificate that no caller and no proxy is known by is that of the device.',
        ),
      serverNames: z
        .array(z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/i, 'must be a host name without a port'))
        .min(1)
        .optional()
        .describe(
          'The only names this listener answers to, in the TLS handshake (SNI) and in Host; default: any.',
        ),
    })
    .optional()
    .describe('Serve HTTPS. Required for callers and proxies that prove themselves by client certificate.'),
  monitoring: z
    .union([z.boolean(), z.literal('only')])
    .default(false)
    .describe(
      'Serve `/metrics` and `/health` (docs/operations.md): `true` beside everything else, `only` for a listener that offers nothing but them. Whoever reaches the listener may read them.',
    ),
});
