import { z } from 'zod';
import { OUTCOMES } from '../outcomes/outcome.ts';
import { REASON_NAMES } from '../outcomes/reason.ts';
import { DEVICE_ID_RULES } from '../node/certificateDeviceIds.ts';
import { GRANTS } from '../operations/operationClass.ts';
import { SAVEABLE_PROPERTIES } from '../sharedState/intuneKeys.ts';
import { ENCODING_NAMES, type EncodingName } from '../tls/encodings/encodings.ts';
import { FORWARDED_FORMATS } from '../tls/forwardedFormats.ts';
import { certificateTrust as trust } from './certificateTrustSchema.ts';
import { exceptions } from './exceptionsSchema.ts';
import { listener } from './listenerSchema.ts';
import { policy, stepUp } from './policySchema.ts';
import { follow } from './followSchema.ts';
import { pagesSchema } from './pagesSchema.ts';
import { proxy } from './proxySchema.ts';
import { identitySchema } from './identitySchema.ts';
import { mailSchema } from './mailSchema.ts';
import { operationsSchema } from './operationsSchema.ts';
import { journeys } from './journeysSchema.ts';
import { eventsSchema } from './eventsSchema.ts';
import { redisSchema } from './redisSchema.ts';
import { holdsUserInfo, isBareUrl } from './proxyUrl.ts';
import { file, headerName, name, secret, sha256 } from './schemaParts.ts';
import { telemetrySchema } from './telemetrySchema.ts';
import { DOMAIN_NAME, TENANT_ID } from './tenantId.ts';

const httpsOrigin = z.string().refine((value) => isHttpsOrigin(value), {
  error: 'must be an https origin without a path, e.g. https://graph.microsoft.com',
});

const credential = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('clientSecret'), clientSecret: secret })
      .describe('A client secret of the app registration.'),
    z
      .strictObject({
        kind: z.literal('certificate'),
        certificateFile: file.describe('PEM certificate, or a PFX/PKCS#12 file that also holds the key.'),
        privateKeyFile: file.optional().describe('PEM private key; not for a PFX.'),
        passphrase: secret.optional().describe('Passphrase of the key or of the PFX.'),
      })
      .describe('A certificate of the app registration (PEM or PFX).'),
    z
      .strictObject({
        kind: z.literal('userPassword'),
        username: secret,
        password: secret,
        clientSecret: secret.optional(),
      })
      .describe(
        "A user name and password, Ping's delegated way. Discouraged: no second factor, and Microsoft is retiring it.",
      ),
    z
      .strictObject({
        kind: z.literal('managedIdentity'),
        clientId: z.guid().optional().describe('Client id of a user-assigned identity.'),
      })
      .describe('The managed identity of the Azure host: no secret at all.'),
    z
      .strictObject({
        kind: z.literal('federatedAssertion'),
        assertionFile: file
          .optional()
          .describe(
            'File with the token of the workload; default: what AZURE_FEDERATED_TOKEN_FILE names. Read anew each time.',
          ),
      })
      .describe('Workload identity federation: a token of the platform instead of a secret.'),
  ])
  .describe('How the gate proves itself to Entra.');

/** One tenant, as it is written; every key may be left out. */
export const tenantSchema = z
  .strictObject({
    tenantId: z
      .string()
      .regex(
        TENANT_ID,
        'must be a GUID or a verified domain; common, organizations and consumers name no single tenant',
      )
      .optional()
      .describe('Directory (tenant) id or a verified domain; default: ENTRA_TENANT_ID.'),
    clientId: z.guid().optional().describe('Application (client) id; default: ENTRA_CLIENT_ID.'),
    credential: credential.optional().describe('Default: a client secret from ENTRA_CLIENT_SECRET.'),
    cloud: z
      .enum(['global', 'usGov', 'usGovDod', 'china'])
      .default('global')
      .describe("Which of Microsoft's clouds the tenant lives in."),
    authority: httpsOrigin.optional().describe('Origin of the token endpoint, if not that of the cloud.'),
    graph: httpsOrigin.optional().describe('Origin of Graph, if not that of the cloud.'),
    caFile: file
      .optional()
      .describe(
        'CA certificates (PEM) to trust beside those Node.js brings, e.g. of a proxy that inspects TLS.',
      ),
    proxy: z
      .union([z.enum(['environment', 'none']), z.url({ protocol: /^https?$/ })])
      .refine((value) => !URL.canParse(value) || !holdsUserInfo(new URL(value)), {
        error:
          'must hold no user name and no password; a secret never stands in this file: use the environment variable HTTPS_PROXY',
      })
      .refine((value) => !URL.canParse(value) || isBareUrl(new URL(value)), {
        error: 'must be an address without a path or query, e.g. http://proxy.example:3128',
      })
      .default('environment')
      .describe('Outbound proxy: from HTTPS_PROXY and NO_PROXY, none, or a URL.'),
    pacing: z
      .strictObject({
        deviceCalls: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(1_600)
          .describe('Most calls about devices in any span of `perSeconds`. Microsoft allows 2,000.'),
        perSeconds: z.number().min(0.1).max(600).default(20).describe('The span, in seconds.'),
      })
      .prefault({})
      .describe(
        'How many calls about devices are made at most. More wait for their turn, within the deadline of their decision.',
      ),
    follow: follow.optional(),
  })
  .describe('One Entra tenant.');

/** A lifetime of answers. */
const seconds = z.number().min(0).max(86_400);

const answers = z
  .strictObject({
    compliantSeconds: seconds
      .optional()
      .describe(
        'Lifetime of answers about compliant devices; default: INTUNE_COMPLIANCE_CACHE_TTL, else 300.',
      ),
    otherSeconds: seconds
      .default(30)
      .describe('Lifetime of answers about devices in any other state: short, so that a fix is seen.'),
    notFoundSeconds: seconds
      .default(15)
      .describe('Lifetime of answers that Intune or Entra does not know a device.'),
    entraSeconds: seconds.default(60).describe("Lifetime of Entra's own records of devices."),
    appsSeconds: seconds.default(300).describe('Lifetime of lists of installed apps.'),
    staleSeconds: seconds
      .default(900)
      .describe(
        'Oldest answer that is used while Microsoft cannot answer; 0 for none. That a device is unknown is never used so.',
      ),
    recheckSeconds: z
      .number()
      .min(1)
      .max(3_600)
      .default(10)
      .describe('Shortest time between two rechecks of one device.'),
    entries: z
      .int()
      .min(100)
      .max(5_000_000)
      .default(200_000)
      .describe('How many answers are remembered, or fewer large ones: about one KiB of memory for each.'),
  })
  .prefault({})
  .describe('How long answers are remembered (docs/answers.md). Seconds; 0 remembers nothing of the kind.');

const from = z
  .array(name)
  .default([])
  .describe('Callers and proxies that may supply it. An empty list means nobody.');
const peers = z
  .array(z.string())
  .min(1, 'is empty, so that nobody would be believed; leave it out to narrow nothing')
  .optional()
  .describe(
    'Address ranges the request must have come from: as a caller states it in `peerAddress`, or the peer of the connection. Narrows `from`, never widens it.',
  );
const idKind = z
  .enum(['auto', 'intune', 'entra'])
  .default('auto')
  .describe(
    'What a bare GUID is: the Intune device id, the Entra device id, or to be found out (Intune first).',
  );

const ids = z
  .array(z.enum(DEVICE_ID_RULES))
  .min(1)
  .default(['sanUri', 'subjectCn'])
  .describe(
    'Where in the certificate device ids may stand (docs/certificates.md). All places are looked at.',
  );

const deviceIdSource = z
  .discriminatedUnion('source', [
    z
      .strictObject({
        source: z.literal('header'),
        name: headerName.default('x-intune').describe('Name of the header.'),
        idKind,
        from,
        peers,
      })
      .describe('A request header that holds a GUID or a subject name.'),
    z
      .strictObject({
        source: z.literal('sharedState'),
        key: z.string().min(1).max(200).default('x-intune').describe('Key of the entry, case-sensitive.'),
        idKind,
        from,
        peers,
      })
      .describe('An entry of shared state that holds a GUID or a subject name.'),
    z
      .strictObject({
        source: z.literal('certificate'),
        profile: z
          .enum(['generic', ...FORWARDED_FORMATS.map((format) => format.name)])
          .default('nginx')
          .describe('How the proxy forwards client certificates (docs/certificates.md).'),
        header: headerName.describe('Header with the client certificate.'),
        encoding: z
          .enum(ENCODING_NAMES as [EncodingName, ...EncodingName[]])
          .optional()
          .describe('Encoding of the header; for the profile `generic`, and only for it.'),
        verify: z
          .array(
            z.strictObject({
              header: headerName.describe('Name of the header.'),
              success: z
                .string()
                .max(200)
                .describe('The only value that counts; empty also stands for a missing header.'),
            }),
          )
          .max(5)
          .default([])
          .describe('What the proxy must say about its own check of the certificate. It can only take away.'),
        ids,
        trust,
        idKind,
        from,
        peers,
      })
      .describe('A client certificate that a proxy forwards; it is validated again.'),
    z
      .strictObject({ source: z.literal('connection'), ids, trust, idKind })
      .describe('The client certificate of the connection itself. Needs a listener with `tls.devices`.'),
  ])
  .describe('One place to look for the device id.');

const node = z
  .strictObject({
    tenant: name.default('default').describe('The tenant to ask.'),
    deviceId: z
      .array(deviceIdSource)
      .min(1)
      .max(10)
      .describe(
        'Places to look for the device id. All of them are looked at, and what they find must agree.',
      ),
    saveDeviceProperties: z
      .union([z.enum(['off', 'all']), z.array(z.enum(SAVEABLE_PROPERTIES as [string, ...string[]]))])
      .default('off')
      .describe(
        'Device properties to write to shared state as INTUNE_<property>; `all` includes personal ones.',
      ),
    saveInstalledApps: z
      .enum(['off', 'json', 'ping'])
      .default('off')
      .describe(
        "Write the names of installed apps to INTUNE_INSTALLED_APPS, as a JSON list or in Ping's form [A, B].",
      ),
    maxCheckInAgeHours: z
      .number()
      .positive()
      .max(24 * 365)
      .optional()
      .describe("Oldest check-in that is accepted, in hours; default: no limit beside Intune's own."),
    deadlineMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(8_000)
      .describe('Bounds everything one decision does, in milliseconds.'),
    maxAnswerAgeSeconds: seconds
      .optional()
      .describe(
        'Oldest remembered answer this node accepts, also in an outage; 0 asks Microsoft each time. Default: the lifetimes in `answers`.',
      ),
    requireSameUser: z
      .strictObject({
        key: z.string().min(1).max(200).default('username').describe('Shared-state key of the login name.'),
        domain: z
          .string()
          .max(255)
          .regex(DOMAIN_NAME, 'must be a domain name, e.g. contoso.com')
          .optional()
          .describe('Appended as @domain to login names without one.'),
      })
      .optional()
      .describe("Demand that the device's user is the login's user."),
    requireEnabledEntraDevice: z
      .boolean()
      .default(false)
      .describe('Demand that the device is enabled in Entra (one more request; needs Device.Read.All).'),
    outcomes: z
      .partialRecord(z.enum(REASON_NAMES as [string, ...string[]]), z.enum(OUTCOMES as [string, ...string[]]))
      .default({})
      .describe(
        'Other outcomes for some reasons, e.g. deviceNotFound: Error. Compliant, InGracePeriod and NoId cannot be given to any reason but their own.',
      ),
    pingErrorKeys: z
      .boolean()
      .default(false)
      .describe("Also write the error entries under the two keys of Ping's node."),
  })
  .describe('One decision node.');

const caller = z
  .strictObject({
    name: name.describe('The principal; audit and logs name it.'),
    apiKeySha256: z
      .array(z.string().regex(/^[0-9a-f]{64}$/i, 'must be a SHA-256 in hex (see `intune-gate key`)'))
      .default([])
      .describe('SHA-256 of each API key of this caller, hex. Several allow rotation.'),
    certificateSha256: z
      .array(sha256)
      .default([])
      .describe(
        "SHA-256 of the public key (SPKI, DER) of each of this caller's client certificates, hex. Needs a listener with `tls`.",
      ),
    nodes: z.array(name).default([]).describe('Nodes this caller may ask. An empty list means none.'),
    grants: z
      .array(z.enum(GRANTS))
      .default([])
      .describe(
        'Operations on devices and groups this caller may call (docs/deviceOperations.md): READ, PROPOSE (sync), MUTATE (to ask for), APPROVE (what others ask for), PERSONAL (to see personal fields). An empty list means none.',
      ),
    tenants: z
      .array(name)
      .default(['default'])
      .describe('Tenants these grants are for. An empty list means none.'),
    history: z
      .enum(['none', 'read', 'erase'])
      .default('none')
      .describe('May this caller read the history of devices, or also erase it? Needs `events.history`.'),
  })
  .describe('One authenticated caller.');

/** The configuration file, as it is written. */
export const configSchema = z
  .strictObject({
    $schema: z.string().optional().describe('For editors; ignored.'),
    listen: listener.prefault({}).describe('Where the gate listens.'),
    alsoListen: z
      .array(listener)
      .max(20)
      .default([])
      .describe('Further places to listen at, such as a Unix socket for a proxy or a port with TLS.'),
    tenants: z
      .record(name, tenantSchema)
      .default({})
      .describe('Entra tenants by name. Without any, `default` is made from ENTRA_* variables.'),
    nodes: z
      .record(name, node)
      .refine((nodes) => Object.keys(nodes).length > 0, { error: 'needs at least one node' })
      .describe('Decision nodes by name.'),
    answers,
    operations: operationsSchema,
    redis: redisSchema.optional(),
    callers: z.array(caller).default([]).describe('Who may ask. An empty list means nobody.'),
    proxies: z
      .array(proxy)
      .max(100)
      .default([])
      .describe(
        'Proxies that pass requests on to the gate, and how each is known. An empty list means none.',
      ),
    policies: z
      .record(name, policy)
      .default({})
      .describe(
        'Policies of `/auth/…` by name. Without `default`, that one asks the node `default` if there is one.',
      ),
    stepUp: stepUp.prefault({}),
    exceptions: exceptions.prefault({}),
    pages: pagesSchema.optional(),
    identity: identitySchema.optional(),
    mail: mailSchema.prefault({}),
    journeys: journeys.optional(),
    events: eventsSchema.optional(),
    telemetry: telemetrySchema.prefault({}),
    limits: z
      .strictObject({
        concurrentDecisions: z
          .int()
          .min(1)
          .max(100_000)
          .default(1_000)
          .describe(
            'Decisions that wait for Microsoft at once; more are answered with Error overloaded. What is remembered is always decided.',
          ),
        bodyBytes: z
          .int()
          .min(1_024)
          .max(4_194_304)
          .default(262_144)
          .describe('Largest request body, in bytes.'),
        shutdownMs: z
          .int()
          .min(0)
          .max(600_000)
          .default(10_000)
          .describe('How long running decisions may take to finish when the gate stops, in milliseconds.'),
      })
      .prefault({})
      .describe('Bounds on what the gate accepts.'),
    log: z
      .strictObject({
        level: z
          .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
          .default('info')
          .describe('Least severe level that is written.'),
      })
      .prefault({})
      .describe('Logs, one line of JSON each, to stderr.'),
  })
  .describe('Configuration of intune-gate.');

export type ConfigFile = z.output<typeof configSchema>;
export type NodeConfig = ConfigFile['nodes'][string];
export type TenantConfig = ConfigFile['tenants'][string];
export type CallerConfig = ConfigFile['callers'][number];
export type ListenerConfig = ConfigFile['listen'];
export type ProxyConfig = ConfigFile['proxies'][number];

function isHttpsOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return url.protocol === 'https:' && url.origin === value.replace(/\/$/, '');
}

/** The JSON Schema of the configuration file, for editors and for `intune-gate config schema`. */
export function configJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' }),
    title: 'intune-gate configuration',
  };
}
