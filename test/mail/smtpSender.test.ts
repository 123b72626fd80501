import { afterEach, describe, expect, test } from 'vitest';
import { createMailSenders } from '../../src/mail/mailSenders.ts';
import type { MailServer } from '../../src/mail/mailServer.ts';
import { createSmtpSender } from '../../src/mail/smtpSender.ts';
import { LOGIN, startSmtpServer, type TestSmtpOptions, type TestSmtpServer } from './smtpServer.ts';

const MESSAGE = {
  from: 'gate@contoso.example',
  to: 'anna@contoso.example',
  subject: 'Ihr Einmalpaßwort',
  text: 'Your One Time Password:01234567',
};
const SIGNAL = new AbortController().signal;

describe('mail over SMTP', () => {
  let server: TestSmtpServer;
  afterEach(() => server.close());

  async function start(options: TestSmtpOptions = {}, changed: Partial<MailServer> = {}) {
    server = await startSmtpServer(options);
    return createSmtpSender({
      host: '127.0.0.1',
      port: server.port,
      security: options.secure === true ? 'tls' : 'startTls',
      caPems: [server.caPem],
      timeoutMs: 5_000,
      ...changed,
    });
  }
  const failure = (detail: RegExp) => ({
    is: 'failed',
    detail: expect.stringMatching(detail) as string,
  });

  test.each([
    ['TLS from the start', { secure: true }, {}, true],
    ['STARTTLS', {}, {}, true],
    ['no TLS', { withoutTls: true }, { security: 'none' as const }, false],
  ])('arrives over %s', async (_, options, changed, isSecure) => {
    const sender = await start(options, changed);
    expect(await sender.send(MESSAGE, SIGNAL)).toEqual({ is: 'sent' });
    expect(server.received).toHaveLength(1);
    const [mail] = server.received;
    expect(mail).toMatchObject({ from: MESSAGE.from, to: [MESSAGE.to], isSecure, user: undefined });
    expect(mail?.text).toContain(MESSAGE.text);
    expect(mail?.text).toMatch(/^Subject: =\?UTF-8\?.*\?=\r$/m);
  });

  test('logs in where a login is configured', async () => {
    const sender = await start({ withLogin: true }, { login: LOGIN });
    expect(await sender.send(MESSAGE, SIGNAL)).toEqual({ is: 'sent' });
    expect(server.received).toMatchObject([{ user: LOGIN.username }]);
  });

  test('does not go, nor does the password, without the TLS that is configured', async () => {
    const sender = await start({ withoutTls: true, withLogin: true }, { login: LOGIN });
    expect(await sender.send(MESSAGE, SIGNAL)).toEqual(failure(/ETLS|EAUTH|ESOCKET/));
    expect(server.received).toEqual([]);
  });

  test.each<[string, TestSmtpOptions, Partial<MailServer>, RegExp]>([
    ['an unknown CA', {}, { caPems: [] }, /ESOCKET|ETLS/],
    ['a certificate for another host', { certifiedFor: 'mail.contoso.example' }, {}, /ESOCKET|ETLS|ALTNAME/],
    ['a wrong password', { withLogin: true }, { login: { ...LOGIN, password: 'wrong' } }, /EAUTH .*\(535\)/],
    ['a recipient that is refused', { refuse: 'recipient' }, {}, /EENVELOPE .*\(550\)/],
    ['a message that is refused', { refuse: 'message' }, {}, /EMESSAGE .*\(550\)/],
    ['a server that never answers', { silent: true }, { timeoutMs: 300 }, /in time/],
    ['nobody there', {}, { port: 1 }, /ESOCKET|ECONNREFUSED|ECONNECTION/],
  ])('with %s it fails, and says so without secrets or addresses', async (_, options, changed, detail) => {
    const sender = await start(options, changed);
    const verdict = await sender.send(MESSAGE, SIGNAL);
    expect(verdict).toEqual(failure(detail));
    expect(JSON.stringify(verdict)).not.toMatch(/anna|gate@|01234567|wrong|the password/);
    expect(server.received).toEqual([]);
  });

  test('a caller that goes away is not waited for', async () => {
    const sender = await start({ silent: true });
    expect(await sender.send(MESSAGE, AbortSignal.timeout(100))).toEqual(failure(/in time/));
  });

  test.each([
    [{ to: 'anna@contoso.example, bert@contoso.example' }],
    [{ to: 'anna@contoso.example\r\nBcc: bert@contoso.example' }],
    [{ to: 'Anna <anna@contoso.example>' }],
    [{ from: 'gate@contoso.example\nX: y' }],
    [{ to: '' }],
  ])('to or from %j it does not go', async (changed) => {
    const sender = await start();
    expect(await sender.send({ ...MESSAGE, ...changed }, SIGNAL)).toEqual(failure(/an address is none/));
    expect(server.received).toEqual([]);
  });

  test('a subject and a text stay what they are', async () => {
    const sender = await start();
    const text = 'Line\r\n.\r\nMAIL FROM:<x@y>\r\nDATA\r\n.\r\nend';
    await sender.send({ ...MESSAGE, subject: 'One\r\nBcc: bert@contoso.example', text }, SIGNAL);
    expect(server.received).toHaveLength(1);
    const [mail] = server.received;
    expect(mail?.to).toEqual([MESSAGE.to]);
    expect(mail?.text.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im);
    expect(mail?.text).toContain('MAIL FROM:<x@y>');
  });

  test('goes over configured servers only', async () => {
    await start();
    const senders = createMailSenders([{ host: 'Mail.Example', port: 587, security: 'tls', timeoutMs: 100 }]);
    expect(senders.find('mail.example', 587)).toBeDefined();
    expect(senders.find('mail.example', 25)).toBeUndefined();
    expect(senders.find('127.0.0.1', 587)).toBeUndefined();
  });
});
