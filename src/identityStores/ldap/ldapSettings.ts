import type { LdapStatusAttribute } from './accountStatus.ts';

/** How a directory is reached and asked. Everything is resolved: files are read, secrets are in clear. */
export interface LdapSettings {
  readonly host: string;
  readonly port: number;
  /** `none` is for loopback; whoever configures it elsewhere sends passwords in clear. */
  readonly security: 'tls' | 'startTls' | 'none';
  /** CA certificates to trust instead of those Node.js brings. Default: those of Node.js. */
  readonly caPems?: readonly string[];
  /** The service account that looks people up. */
  readonly bindDn: string;
  readonly bindPassword: string;
  readonly baseDn: string;
  /** See `parseUserFilter`. */
  readonly userFilter: string;
  readonly usernameAttribute: string;
  /** An attribute that never changes, e.g. entryUUID or objectGUID. */
  readonly idAttribute: string;
  /** Attributes of an identity, and what they are called in the directory. No others are asked for. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Attributes that may say that an account is locked or disabled; none is asked for that is not here. */
  readonly statusAttributes: readonly LdapStatusAttribute[];
  /** Bounds a whole check, connecting included, in milliseconds. */
  readonly timeoutMs: number;
  /** Connections at once. Each login takes one for as long as it lasts. */
  readonly connections: number;
  /** Refusals leave only at multiples of this time after the question, in milliseconds, so that their time tells nothing. */
  readonly answerEveryMs: number;
}
