/** An SMTP server and how it is spoken to. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `startTls` demands it. `none` is for loopback; whoever configures it elsewhere sends messages in clear. */
  readonly security: 'tls' | 'startTls' | 'none';
  /** CA certificates to trust instead of those Node.js brings. Default: those of Node.js. */
  readonly caPems?: readonly string[];
  /** Default: no login. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Bounds the sending of one message, in milliseconds. */
  readonly timeoutMs: number;
}
