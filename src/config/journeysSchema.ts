import { z } from 'zod';
import { OPERATION_CLASSES } from '../operations/operationClass.ts';
import { ENCODING_NAMES, type EncodingName } from '../tls/encodings/encodings.ts';
import { FORWARDED_FORMATS } from '../tls/forwardedFormats.ts';
import { certificateTrust } from './certificateTrustSchema.ts';
import { file, name, secret } from './schemaParts.ts';

/** What exports call trees, nodes and variables. */
const exportedName = z.string().min(1).max(200);

const origin = z.string().refine((value) => isOrigin(value), {
  error: 'must be an origin without a path, e.g. https://login.example',
});

const scripts = z.strictObject({
  httpOrigins: z
    .array(origin)
    .default([])
    .describe('Origins scripts may call, e.g. https://gate.example. An empty list means none.'),
  httpDeadlineMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(5_000)
    .describe('Longest time a call of a script may take, in milliseconds.'),
  caFile: file
    .optional()
    .describe('CA certificates (PEM) that calls of scripts trust beside those Node.js brings.'),
  secrets: z.record(exportedName, secret).default({}).describe('Secrets scripts may read, by their label.'),
  threads: z.int().min(1).max(64).default(2).describe('Most scripts that run at a time.'),
  cpuMs: z
    .int()
    .min(10)
    .max(60_000)
    .default(2_000)
    .describe('Longest time a script may compute, in milliseconds.'),
  wallMs: z
    .int()
    .min(100)
    .max(120_000)
    .default(10_000)
    .describe('Longest time from the beginning of a script to its end, in milliseconds.'),
  memoryMiB: z.int().min(4).max(512).default(16).describe('Most memory of a script, in MiB.'),
});

const certificates = z
  .strictObject({
    profile: z
      .enum(['generic', ...FORWARDED_FORMATS.map((format) => format.name)])
      .default('nginx')
      .describe('How proxies write a certificate into the header that a node names (docs/certificates.md).'),
    encoding: z
      .enum(ENCODING_NAMES as [EncodingName, ...EncodingName[]])
      .optional()
      .describe('Encoding of the header; for the profile `generic`, and only for it.'),
    trust: certificateTrust,
  })
  .refine(({ profile, encoding }) => (profile === 'generic') === (encoding !== undefined), {
    path: ['encoding'],
    error: 'belongs to the profile generic, which needs it, and to no other',
  });

/** Journeys, as the configuration file describes them. */
export const journeys = z
  .strictObject({
    files: z
      .array(file)
      .min(1)
      .describe(
        'Files or folders with exported journeys (docs/journeys.md), relative to the configuration file.',
      ),
    realm: z
      .string()
      .regex(
        /^\/(?:[A-Za-z0-9._~-]{1,100}(?:\/[A-Za-z0-9._~-]{1,100})*)?$/,
        'must be a realm, e.g. / or /alpha',
      )
      .default('/')
      .describe('The realm that is answered for.'),
    default: exportedName
      .optional()
      .describe('Journey that runs where a client names none; default: none runs.'),
    publicUrl: origin
      .optional()
      .describe('Origin under which clients reach the gate; default: what the Host header says.'),
    successUrl: z
      .string()
      .min(1)
      .default('/')
      .describe('Where clients are sent after success, unless the journey says otherwise.'),
    resumeUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        'Page that goes on with a journey by a link; its query gets `suspendedId`. Without it none is suspended.',
      ),
    corsOrigins: z
      .array(origin)
      .default([])
      .describe('Origins whose pages may use journeys and sessions. An empty list means none but the own.'),
    from: z
      .array(name)
      .default([])
      .describe(
        'Who may set the header, or the state, that an imported IntuneNode reads, and forward certificates to be collected. An empty list means nobody.',
      ),
    peers: z
      .array(z.string())
      .min(1, 'is empty, so that nobody would be believed; leave it out to narrow nothing')
      .optional()
      .describe('Address ranges the request must have come from. Narrows `from`, never widens it.'),
    operations: z
      .strictObject({
        grants: z
          .array(z.enum(OPERATION_CLASSES))
          .default([])
          .describe('Classes of operations that nodes of journeys may call. An empty list means none.'),
        tenant: name.default('default').describe('The tenant they work on.'),
      })
      .prefault({})
      .describe('What the nodes for groups and device actions may do (docs/deviceOperations.md).'),
    nodeFor: z
      .record(exportedName, name)
      .default({})
      .describe(
        'Nodes of this configuration that answer for imported IntuneNodes in place of their own settings, by the id of the IntuneNode; `*` stands for all others.',
      ),
    certificates: certificates
      .optional()
      .describe(
        'What is believed of certificates that nodes collect and validate. Without it every certificate is refused.',
      ),
    variables: z
      .record(exportedName, z.union([z.string(), secret]))
      .default({})
      .describe(
        'Values of environment variables (ESV) in exports, by name without `&{}`, e.g. esv.mail.host.',
      ),
    secrets: z
      .array(secret)
      .default([])
      .describe(
        'Seal what clients hold between two steps, 32 characters or more each. The first seals, all open. None: one is made at each start.',
      ),
    maxMinutes: z
      .int()
      .min(1)
      .max(1_440)
      .default(5)
      .describe('Longest time a journey may take, in minutes, unless it says otherwise.'),
    suspendMinutes: z
      .int()
      .min(1)
      .max(10_080)
      .default(1_440)
      .describe('How long a link is waited for, in minutes.'),
    nodeDeadlineMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(15_000)
      .describe('Longest time one node of a journey may take, in milliseconds.'),
    scripts: scripts
      .prefault({})
      .describe('Scripts that decide in journeys. Each runs in a sandbox of its own.'),
    sessions: z
      .strictObject({
        maxMinutes: z
          .int()
          .min(1)
          .max(525_600)
          .default(120)
          .describe('Longest life of a session, in minutes, unless the journey says otherwise.'),
        idleMinutes: z
          .int()
          .min(1)
          .max(525_600)
          .default(30)
          .describe('Longest time a session may be unused, in minutes, unless the journey says otherwise.'),
        keyFiles: z
          .array(file)
          .default([])
          .describe(
            'PEM private keys (P-256 or Ed25519) of session tokens. The first signs, all are published. None: one is made at each start.',
          ),
        cookieName: z
          .string()
          .regex(/^[A-Za-z0-9_.-]{1,100}$/, 'must be letters, digits, dots, dashes or underscores')
          .default('iPlanetDirectoryPro')
          .describe('Name of the session cookie, and of the header that may hold the token instead.'),
        cookieDomain: z
          .string()
          .regex(/^\.?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/, 'must be a domain name')
          .optional()
          .describe('Domain of the cookie; default: the host of the gate alone.'),
        cookieSecure: z
          .boolean()
          .default(true)
          .describe('Send the cookie over HTTPS only. False is for loopback.'),
        cookieSameSite: z
          .enum(['Lax', 'Strict', 'None'])
          .default('Lax')
          .describe('Whether browsers send the cookie along with requests from other sites.'),
      })
      .refine(({ cookieSameSite, cookieSecure }) => cookieSameSite !== 'None' || cookieSecure, {
        path: ['cookieSecure'],
        error: 'must be true with cookieSameSite None; browsers refuse the cookie otherwise',
      })
      .prefault({})
      .describe('Sessions that journeys lead to.'),
  })
  .describe("Journeys in PingAM's format, and its protocol to run them.");

export type JourneysConfig = z.output<typeof journeys>;

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return /^https?:$/.test(url.protocol) && url.origin === value;
}
