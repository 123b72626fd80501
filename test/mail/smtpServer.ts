import { SMTPServer } from 'smtp-server';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';

/** A mail that arrived, as it came over the wire. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly isSecure: boolean;
  readonly user: string | undefined;
}

export interface TestSmtpServer {
  readonly port: number;
  readonly caPem: string;
  readonly received: ReceivedMail[];
  close(): Promise<void>;
}

export const LOGIN = { username: 'gate', password: 'the password of the gate at the mail server' };

export interface TestSmtpOptions {
  /** TLS from the start. */
  readonly secure?: boolean;
  /** Neither offers nor knows STARTTLS. */
  readonly withoutTls?: boolean;
  /** Demands a login. */
  readonly withLogin?: boolean;
  /** Name in its certificate. Default: the loopback address. */
  readonly certifiedFor?: string;
  /** Takes a message and never answers. */
  readonly silent?: boolean;
  readonly refuse?: 'recipient' | 'message';
}

/** An SMTP server on loopback with a certificate of its own authority. */
export async function startSmtpServer(options: TestSmtpOptions = {}): Promise<TestSmtpServer> {
  const ca = createCertificateAuthority({ commonName: 'Mail CA', now: Date.now });
  const issued = ca.issue({
    commonName: 'mail',
    usage: 'server',
    ...(options.certifiedFor === undefined
      ? { ipAddresses: ['127.0.0.1'] }
      : { dnsNames: [options.certifiedFor] }),
  });
  const received: ReceivedMail[] = [];
  const refusal = (to: string): Error =>
    Object.assign(new Error(`<${to}> is not wanted here`), { responseCode: 550 });
  const server = new SMTPServer({
    secure: options.secure === true,
    key: issued.privateKeyPem,
    cert: issued.certificatePem,
    disabledCommands: [
      ...(options.withLogin === true ? [] : ['AUTH']),
      ...(options.withoutTls === true ? ['STARTTLS'] : []),
    ],
    authOptional: options.withLogin !== true,
    disableReverseLookup: true,
    logger: false,
    onAuth({ username, password }, _, callback) {
      if (username === LOGIN.username && password === LOGIN.password) callback(null, { user: username });
      else callback(new Error('no'));
    },
    onRcptTo({ address }, _, callback) {
      callback(options.refuse === 'recipient' ? refusal(address) : null);
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (options.silent === true) return;
        const { mailFrom, rcptTo } = session.envelope;
        const to = rcptTo.map(({ address }) => address);
        if (options.refuse === 'message') {
          callback(refusal(to[0] ?? ''));
          return;
        }
        received.push({
          from: mailFrom === false || mailFrom === null ? '' : mailFrom.address,
          to,
          text: Buffer.concat(chunks).toString('utf8'),
          isSecure: session.secure,
          user: typeof session.user === 'string' ? session.user : undefined,
        });
        callback(null);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    caPem: ca.certificatePem,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}
