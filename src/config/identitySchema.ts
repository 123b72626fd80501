import { z } from 'zod';
import { LDAP_STATUS_ATTRIBUTES } from '../identityStores/ldap/accountStatus.ts';
import { parseUserFilter } from '../identityStores/ldap/userFilter.ts';
import { file, secret } from './schemaParts.ts';
import { isLoopbackHost } from './loopbackHost.ts';

/** Attributes that hold passwords or what stands for one; they never become attributes of an identity. */
const SECRET_ATTRIBUTES =
  /^(?:userPassword|unicodePwd|pwdHistory|ntPassword|lmPassword|sambaNTPassword|krb.*Key|authPassword)/i;

const attributeName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, 'must be the name of an LDAP attribute')
  .refine((name) => !SECRET_ATTRIBUTES.test(name), { error: 'is an attribute that holds a secret' });

const fileStore = z
  .strictObject({
    kind: z.literal('file'),
    file: file.describe(
      'The file of users, YAML or JSON, managed by `intune-gate users`. Only its owner may read it.',
    ),
  })
  .describe('People in a file, with argon2id hashes.');

const ldapStore = z
  .strictObject({
    kind: z.literal('ldap'),
    url: z
      .string()
      .refine(isLdapUrl, {
        error: 'must be an address like ldaps://ldap.example or ldap://ldap.example:1389',
      })
      .describe('The directory. ldap:// needs `startTls`, except on loopback.'),
    startTls: z
      .boolean()
      .default(false)
      .describe('Turn a connection of ldap:// into TLS before anything is said.'),
    caFile: file.optional().describe('CA certificates (PEM) to trust instead of those Node.js brings.'),
    bindDn: z.string().min(1).describe('Name of the service account that looks people up.'),
    bindPassword: secret,
    baseDn: z.string().min(1).describe('Where people are looked for, and below.'),
    userFilter: z
      .string()
      .max(1_000)
      .refine((text) => parseUserFilter(text) !== undefined, {
        error: 'must be an LDAP filter in which {username} is the whole value of a comparison',
      })
      .default('(uid={username})')
      .describe('Finds a person by name, e.g. `(|(uid={username})(mail={username}))`.'),
    usernameAttribute: attributeName.default('uid').describe('What a person is called.'),
    idAttribute: attributeName
      .default('entryUUID')
      .describe('What never changes; `objectGUID` for Active Directory.'),
    attributes: z
      .record(z.string().min(1).max(100), attributeName)
      .default({ mail: 'mail' })
      .describe('Attributes that journeys may see, and what the directory calls them.'),
    statusAttributes: z
      .array(z.enum(LDAP_STATUS_ATTRIBUTES))
      .default([...LDAP_STATUS_ATTRIBUTES])
      .describe('Attributes that may say that an account is locked, disabled or expired.'),
    timeoutMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(5_000)
      .describe('Bounds one question to the directory, connecting included, in milliseconds.'),
    connections: z.int().min(1).max(1_000).default(20).describe('Connections at once.'),
    answerEveryMs: z
      .int()
      .min(1)
      .max(10_000)
      .default(250)
      .describe(
        'Refusals leave only at multiples of this time, in milliseconds, so that their time does not tell who exists. Choose it longer than a bind takes.',
      ),
  })
  .refine(({ url, startTls }) => !startTls || url.startsWith('ldap:'), {
    path: ['startTls'],
    error: 'belongs to ldap://; ldaps:// is TLS from the start',
  })
  .refine(({ url, startTls }) => startTls || !url.startsWith('ldap:') || isLoopbackHost(hostOf(url)), {
    path: ['url'],
    error: 'would send passwords in clear; use ldaps://, or set startTls',
  })
  .describe('People in a directory.');

/** Who people are, for journeys. */
export const identitySchema = z
  .strictObject({
    store: z.discriminatedUnion('kind', [fileStore, ldapStore]).describe('Where accounts live.'),
    state: z
      .strictObject({
        folder: file.describe(
          'Folder for what the gate itself keeps about people: devices, failed attempts, used codes. Only its owner may enter it.',
        ),
        key: secret.describe(
          'Encrypts the secrets of one-time-password devices; at least 32 characters, e.g. of `openssl rand -base64 32`.',
        ),
        previousKeys: z
          .array(secret)
          .max(5)
          .default([])
          .describe(
            'Keys used before `key`: they still open what was kept under them. New devices use `key`.',
          ),
      })
      .describe('What the gate keeps beside the accounts.'),
    lockout: z
      .strictObject({
        failures: z.int().min(1).max(1_000).default(5).describe('So many failures lock.'),
        windowMinutes: z
          .number()
          .positive()
          .max(10_080)
          .default(15)
          .describe('Failures within this time count together.'),
        lockMinutes: z.number().positive().max(10_080).default(15).describe('How long a lock lasts.'),
      })
      .prefault({})
      .describe('Failed passwords and codes, counted for unknown names as well.'),
  })
  .describe('People: who they are and how they prove it.');

export type IdentityConfig = z.output<typeof identitySchema>;

function isLdapUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isBare = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return (
    (url.protocol === 'ldap:' || url.protocol === 'ldaps:') &&
    url.hostname !== '' &&
    (url.pathname === '' || url.pathname === '/') &&
    isBare
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replaceAll(/[[\]]/g, '') : '';
}
