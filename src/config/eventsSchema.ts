import { z } from 'zod';
import { EVENT_TYPE_NAMES, type EventType } from '../events/eventTypes.ts';
import { isLoopbackHost } from './loopbackHost.ts';
import { file, name, secret } from './schemaParts.ts';

const types = z
  .array(z.enum(EVENT_TYPE_NAMES as [EventType, ...EventType[]]))
  .min(1)
  .optional()
  .describe('Types that are sent (docs/audit.md); default: all of them.');

const url = z
  .string()
  .max(2_000)
  .refine((value) => isReceiverUrl(value), {
    error:
      'must be an https URL without a name, a password or a fragment; http is for loopback, and secrets have keys of their own',
  });

const receiver = {
  name: name.describe('For the log and the metrics.'),
  url: url.describe('Where it is sent. Redirects are not followed.'),
  token: secret.optional().describe('Sent as a bearer token.'),
  caFile: file.optional().describe("PEM file with the CA of the receiver, beside Node's own."),
  timeoutMs: z.int().min(100).max(60_000).default(10_000).describe('Bounds one call, in milliseconds.'),
  spoolFolder: file.describe(
    'Folder where events wait until they are delivered, relative to the configuration file: one for each receiver and each replica.',
  ),
  spoolMiB: z
    .int()
    .min(1)
    .max(100_000)
    .default(256)
    .describe('How much may wait there. Beyond, events are lost, counted and told.'),
};

const webhook = z
  .strictObject({
    ...receiver,
    types,
    secret: secret
      .optional()
      .describe(
        'Signs each call: X-Intune-Gate-Signature holds its time and an HMAC-SHA256 (docs/audit.md).',
      ),
  })
  .describe('A receiver of CloudEvents in batches.');

const securityEventReceiver = z
  .strictObject({
    ...receiver,
    issuer: z.url().describe('`iss` of the tokens: the name of this gate as the receiver knows it.'),
    audience: z.array(z.string().min(1).max(500)).min(1).max(10).describe('`aud` of the tokens.'),
    signingKeyFile: file
      .optional()
      .describe('PEM private key: RSA, P-256 or Ed25519. Default: the first of journeys.sessions.keyFiles.'),
    subject: z
      .enum(['complex', 'iss_sub', 'opaque'])
      .default('complex')
      .describe('How tokens name the device (RFC 9493).'),
    deviceId: z.enum(['intune', 'entra']).default('intune').describe('Which id of the device is told.'),
  })
  .describe('A receiver of security event tokens about changes of compliance (CAEP, RFC 8935).');

/** Where events go, and what is remembered of decisions. */
export const eventsSchema = z
  .strictObject({
    source: z
      .string()
      .max(500)
      .regex(/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i, 'must be a URI')
      .default('urn:intune-gate')
      .describe('`source` of the events, a URI: one for each deployment, or for each replica.'),
    userNames: z
      .enum(['omitted', 'pseudonyms', 'written'])
      .default('omitted')
      .describe(
        'How names of people stand in events and histories: not at all, as a keyed hash, or as they are.',
      ),
    pseudonymKey: secret
      .optional()
      .describe('Key of the pseudonyms, at least 32 characters. Whoever has it can try names.'),
    file: z
      .strictObject({
        path: file.describe('The log; its folder must be there. Former files and its end stand beside it.'),
        key: secret
          .optional()
          .describe(
            'Makes the hashes HMACs, at least 32 characters: without it, whoever may write the file can make another whole chain.',
          ),
        rotateMiB: z
          .number()
          .min(0.01)
          .max(100_000)
          .default(100)
          .describe('Size at which a file is followed by another.'),
        rotateDaily: z.boolean().default(true).describe('Begin another file each day, UTC.'),
        keepFiles: z
          .int()
          .min(1)
          .max(1_000_000)
          .optional()
          .describe('How many former files stay; default: all of them.'),
        sync: z
          .enum(['always', 'everySecond', 'never'])
          .default('everySecond')
          .describe(
            'When lines are made to outlast a loss of power. A crash of the gate alone loses none that was written.',
          ),
      })
      .optional()
      .describe('The audit log: a file with a hash chain, which `intune-gate audit verify` proves whole.'),
    stdout: z.boolean().default(false).describe('Write events to stdout, one on a line.'),
    webhooks: z.array(webhook).max(20).default([]).describe('Receivers of events.'),
    securityEvents: z
      .array(securityEventReceiver)
      .max(20)
      .default([])
      .describe('Receivers of security event tokens.'),
    history: z
      .union([
        z.literal('off'),
        z.strictObject({
          devices: z
            .int()
            .min(1)
            .max(5_000_000)
            .default(20_000)
            .describe(
              'Most devices in memory; about one KiB for each. Those in Redis are bounded by `days`.',
            ),
          runs: z
            .int()
            .min(2)
            .max(1_000)
            .default(50)
            .describe(
              'Most runs of each device: decisions that say the same count as one, with its first and last.',
            ),
          days: z.number().min(0.01).max(3_650).default(30).describe('How long a run stays after its end.'),
        }),
      ])
      .prefault({})
      .describe(
        'What was decided about each device, for `intune-gate explain` and /v1/history: in Redis if there is one, else in memory. Changes of standing are found by it.',
      ),
  })
  .describe('Events, audit log and history (docs/audit.md). Without this section nothing is taken down.');

export type EventsConfig = z.output<typeof eventsSchema>;

function isReceiverUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password, hash } = new URL(value);
  const isProtected =
    protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname.replaceAll(/[[\]]/g, '')));
  return isProtected && username + password + hash === '';
}
