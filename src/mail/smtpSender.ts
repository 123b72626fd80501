import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import { isMailAddress } from '../identity/mailAddress.ts';
import type { MailMessage, MailSender, MailVerdict } from '../identity/mailSender.ts';
import type { MailServer } from './mailServer.ts';
import { startTimeLimit } from '../timeLimit.ts';

/** Sends mail over SMTP, each message over a connection of its own. */
export function createSmtpSender(server: MailServer): MailSender {
  const { host, port, security, caPems, login, timeoutMs } = server;
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'startTls',
    ignoreTLS: security === 'none',
    tls: {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(caPems === undefined ? {} : { ca: [...caPems] }),
    },
    ...(login === undefined ? {} : { auth: { user: login.username, pass: login.password } }),
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // The content of a message comes from a journey: it never names what is to be fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });

  return {
    isEncrypted: security !== 'none',
    async send({ from, to, subject, text }: MailMessage, signal): Promise<MailVerdict> {
      if (!isMailAddress(from) || !isMailAddress(to)) return failed('an address is none');
      const limit = startTimeLimit(timeoutMs, signal);
      const ended = limit.signal;
      try {
        ended.throwIfAborted();
        const { rejected } = await Promise.race([
          transport.sendMail({
            from: { name: '', address: from },
            to: { name: '', address: to },
            subject,
            text,
          }),
          rejectWhenAborted(ended),
        ]);
        return rejected.length === 0 ? { is: 'sent' } : failed('it refuses the address');
      } catch (error) {
        return failed(ended.aborted ? 'it did not take the message in time' : describe(error));
      } finally {
        limit.end();
      }
    },
  };

  function failed(why: string): MailVerdict {
    return { is: 'failed', detail: `no mail over ${host}:${port}: ${why}` };
  }
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Without the message, in which servers repeat addresses. */
function describe(error: unknown): string {
  const {
    code = 'unknown error',
    responseCode,
    command,
  } = error as {
    readonly code?: string;
    readonly responseCode?: number;
    readonly command?: string;
  };
  return [
    code,
    ...(command === undefined ? [] : [`at ${command}`]),
    ...(responseCode === undefined ? [] : [`(${responseCode})`]),
  ].join(' ');
}
