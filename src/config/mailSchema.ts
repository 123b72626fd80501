import { z } from 'zod';
import { file, secret } from './schemaParts.ts';
import { isListenHost } from './listenHost.ts';
import { isLoopbackHost } from './loopbackHost.ts';

const mailServer = z
  .strictObject({
    host: z
      .string()
      .refine((host) => isListenHost(host), { error: 'must be a host name or an address' })
      .describe('The SMTP server.'),
    port: z.int().min(1).max(65_535).default(587).describe('Its port.'),
    security: z
      .enum(['tls', 'startTls', 'none'])
      .default('startTls')
      .describe(
        'TLS from the start, TLS after STARTTLS (required, not merely tried), or none, which is for loopback alone.',
      ),
    caFile: file.optional().describe('CA certificates (PEM) to trust instead of those Node.js brings.'),
    username: z.string().min(1).max(256).optional().describe('To log in with; default: no login.'),
    password: secret.optional(),
    timeoutMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(10_000)
      .describe('Bounds the sending of one message, in milliseconds.'),
  })
  .refine(({ host, security }) => security !== 'none' || isLoopbackHost(host), {
    path: ['security'],
    error: 'would send messages in clear; none is for loopback',
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    path: ['username'],
    error: 'and `password` belong together',
  })
  .describe(
    'One SMTP server. A journey that sends mail names it by host and port; others are not spoken to.',
  );

/** Servers that journeys send mail with. */
export const mailSchema = z
  .strictObject({ servers: z.array(mailServer).max(20).default([]).describe('SMTP servers.') })
  .describe('Mail of journeys.');

export type MailConfig = z.output<typeof mailSchema>;
