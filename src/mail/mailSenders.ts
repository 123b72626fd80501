import type { MailSenders } from '../identity/mailSender.ts';
import type { MailServer } from './mailServer.ts';
import { createSmtpSender } from './smtpSender.ts';

/** The configured servers, found by host (in any case) and port. */
export function createMailSenders(servers: readonly MailServer[]): MailSenders {
  const placeOf = (host: string, port: number): string => `${host.toLowerCase()}:${port}`;
  const senders = new Map(
    servers.map((server) => [placeOf(server.host, server.port), createSmtpSender(server)]),
  );
  return { find: (host, port) => senders.get(placeOf(host, port)) };
}
