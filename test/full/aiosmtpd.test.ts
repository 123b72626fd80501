import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOneTimePassword } from '../../src/identity/oneTimePassword.ts';
import { createSmtpSender } from '../../src/mail/smtpSender.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { findProgram } from './program.ts';
import { freePort } from './freePort.ts';
import { untilListening } from './untilListening.ts';

const program = findProgram('aiosmtpd', 'python3-aiosmtpd');

describe.skipIf(program === undefined)('mail through aiosmtpd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'intune-gate-smtp-'));
  const ca = createCertificateAuthority({ commonName: 'Mail CA', now: Date.now });
  let child: ChildProcess;
  let port: number;
  let printed = '';

  beforeAll(async () => {
    const issued = ca.issue({ commonName: 'mail', ipAddresses: ['127.0.0.1'], usage: 'server' });
    const write = (name: string, text: string): string => {
      const file = join(folder, name);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    };
    port = await freePort();
    child = spawn(
      program ?? '',
      [
        '--nosetuid',
        '--listen',
        `127.0.0.1:${port}`,
        '--tlscert',
        write('server.pem', issued.certificatePem),
        '--tlskey',
        write('server.key', issued.privateKeyPem),
        '--class',
        'aiosmtpd.handlers.Debugging',
        'stdout',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env['PATH'], PYTHONUNBUFFERED: '1' } },
    );
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await untilListening(port);
  });
  afterAll(async () => {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const send = (security: 'startTls' | 'none', text: string) =>
    createSmtpSender({
      host: '127.0.0.1',
      port,
      security,
      caPems: [ca.certificatePem],
      timeoutMs: 5_000,
    }).send(
      { from: 'gate@contoso.example', to: 'anna@contoso.example', subject: 'One Time Password', text },
      new AbortController().signal,
    );

  test('arrives over STARTTLS with its one-time password', async () => {
    const password = createOneTimePassword();
    expect(await send('startTls', `Your One Time Password:${password}`)).toEqual({ is: 'sent' });
    await expect.poll(() => printed).toContain(`Your One Time Password:${password}`);
    expect(printed).toContain('To: anna@contoso.example');
  });

  test('in clear it does not arrive at a server that demands TLS', async () => {
    expect(await send('none', 'secret')).toMatchObject({ is: 'failed' });
    expect(printed).not.toContain('secret');
  });
});
