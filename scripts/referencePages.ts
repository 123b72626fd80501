import { z } from 'zod';
import { configJsonSchema } from '../src/config/configSchema.ts';
import { ERROR_CODES } from '../src/errors.ts';
import { EVENT_TYPES } from '../src/events/eventTypes.ts';
import { FINDINGS } from '../src/journeys/finding.ts';
import { NODE_TYPES } from '../src/journeys/nodeTypes.ts';
import { scriptedTypes } from '../src/journeys/scripted/scriptedTypes.ts';
import { DURATION_BUCKETS, METRICS } from '../src/metrics/metricCatalog.ts';
import { OPERATIONS } from '../src/operations/catalogue.ts';
import { DEVICE_FIELDS } from '../src/operations/deviceFields.ts';
import { REFUSALS } from '../src/operations/refusal.ts';
import { OUTCOME_IDS, OUTCOMES } from '../src/outcomes/outcome.ts';
import { REASON_NAMES, REASONS } from '../src/outcomes/reason.ts';
import {
  ERROR_MESSAGE_KEY,
  ERROR_STACKTRACE_KEY,
  INSTALLED_APPS_KEY,
  intuneKey,
  isSecretProperty,
  MANAGED_DEVICE_PROPERTIES,
  PING_EXCEPTION_KEY,
  PING_STACKTRACE_KEY,
} from '../src/sharedState/intuneKeys.ts';

/** The pages of `docs/` that are written from the code, by file name. */
export function referencePages(): Readonly<Record<string, string>> {
  return {
    'reasons.md': reasonsPage(),
    'sharedState.md': sharedStatePage(),
    'configuration.md': configurationPage(),
    'journeyReference.md': journeyPage(),
    'operationReference.md': operationPage(),
    'metrics.md': metricsPage(),
    'events.md': eventsPage(),
  };
}

const GENERATED = '<!-- Written by `npm run docs`; change the source instead. -->';

function reasonsPage(): string {
  return page('Outcomes and reasons', [
    GENERATED,
    'A decision has one of eight outcomes, and behind it one reason from this closed list. A node may map a reason to another outcome (`nodes.*.outcomes`), but only `compliant` ever leads to Compliant, only `inGracePeriod` to InGracePeriod and only `noDeviceId` to NoId.',
    ...OUTCOMES.flatMap((outcome) => [
      `## ${outcome} (\`${OUTCOME_IDS[outcome]}\`)`,
      table(
        ['reason', 'meaning', 'who', 'what to do'],
        REASON_NAMES.filter((name) => REASONS[name].outcome === outcome).map((name) => [
          `\`${name}\``,
          REASONS[name].meaning,
          REASONS[name].fixer,
          REASONS[name].remedy,
        ]),
      ),
    ]),
    '## Errors of the program',
    'These are thrown rather than answered: at start, or on the command line. Each has a stable code.',
    table(
      ['code', 'meaning'],
      Object.entries(ERROR_CODES).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
  ]);
}

function operationPage(): string {
  return page('Operations on devices and groups', [
    GENERATED,
    'What [docs/deviceOperations.md](deviceOperations.md) explains. The inputs and answers of each operation are in `/openapi.json`.',
    '## Operations',
    table(
      ['tool', 'class', 'HTTP', 'command', 'does'],
      OPERATIONS.map(({ name, class: ofClass, route, command, summary }) => [
        `\`${name}\``,
        ofClass,
        `\`${route.method} /v1${route.path}\``,
        `\`${[...command.words, ...command.operands.map((operand) => operand.toUpperCase())].join(' ')}\``,
        summary,
      ]),
    ),
    '## Fields of a device',
    'Null where there is nothing to tell. **Personal** fields read `[masked]` without the grant PERSONAL. What a device or a person wrote is untrusted.',
    table(
      ['field', 'is', 'note'],
      Object.entries(DEVICE_FIELDS).map(([name, facts]) => [
        `\`${name}\``,
        facts.meaning,
        [
          ...('personal' in facts ? ['**personal**'] : []),
          ...('untrusted' in facts ? ['untrusted'] : []),
          ...('alone' in facts ? ['of one device only, null in lists'] : []),
        ].join(', '),
      ]),
    ),
    '## Refusals',
    'The end of `type` in a problem, and `refused` in what an assistant is told.',
    table(
      ['refusal', 'meaning'],
      Object.entries(REFUSALS).map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
  ]);
}

function eventsPage(): string {
  return page('Types of events', [
    GENERATED,
    'What the gate records, by type. How events are kept and sent is in [docs/audit.md](audit.md). `code` is the same as a number.',
    table(
      ['type', 'code', 'meaning'],
      Object.entries(EVENT_TYPES).map(([type, { code, meaning }]) => [`\`${type}\``, `\`${code}\``, meaning]),
    ),
  ]);
}

function journeyPage(): string {
  return page('Journeys: node types and findings', [
    GENERATED,
    'The node types this engine has, by the names PingAM gives them. How they are used is in [docs/journeys.md](journeys.md).',
    '## Node types',
    table(
      ['type', 'name', 'settings that are read', 'outcomes without any'],
      [...NODE_TYPES, ...scriptedTypes(undefined, [])].map((type) => {
        const settings =
          type.configuration instanceof z.ZodObject ? Object.keys(type.configuration.shape) : [];
        const parsed = type.configuration.safeParse({});
        const outcomes = parsed.success ? type.outcomes(parsed.data) : type.outcomes({ outcomes: [] });
        return [
          `\`${type.type}\``,
          type.displayName,
          settings.map((key) => `\`${key}\``).join(', '),
          outcomes.map(({ id }) => `\`${id}\``).join(', '),
        ];
      }),
    ),
    '## Findings',
    'What `journey check` can find. An error keeps the tree, and the trees that run it, from running.',
    table(
      ['code', 'severity', 'meaning'],
      Object.entries(FINDINGS).map(([code, { severity, meaning }]) => [`\`${code}\``, severity, meaning]),
    ),
  ]);
}

function sharedStatePage(): string {
  const types: Record<string, string> = {
    text: 'text',
    flag: '`true` or `false`',
    integer: 'a whole number in decimal',
    date: 'ISO 8601, UTC',
    choice: "one of Graph's words",
    json: 'JSON',
  };
  return page('Shared state', [
    GENERATED,
    'Entries a decision adds to shared state. Every value is text. Null, blank and fractional values are not written, so a missing key means there is nothing to say. Nothing that came in is ever echoed.',
    '## Device properties',
    'Written when `saveDeviceProperties` is `all` or names them. **Personal** ones say something about a person; name only those you need. Those marked *by name* are filled by Graph only when they are named, not under `all`. A node set to `all` also writes properties Microsoft adds later, and `INTUNE_@odata.context`.',
    table(
      ['key', 'value', 'note'],
      Object.entries(MANAGED_DEVICE_PROPERTIES)
        .filter(([name]) => !isSecretProperty(name))
        .map(([name, facts]) => [
          `\`${intuneKey(name)}\``,
          types[facts.type] ?? '',
          [
            ...('personal' in facts ? ['**personal**'] : []),
            ...('onlyWhenNamed' in facts ? ['by name'] : []),
          ].join(', '),
        ]),
    ),
    'Never written, even if Graph returns them, as they open a device or a session: ' +
      `${Object.keys(MANAGED_DEVICE_PROPERTIES)
        .filter(isSecretProperty)
        .map((name) => `\`${name}\``)
        .join(', ')}.`,
    '## Other keys',
    table(
      ['key', 'when', 'value'],
      [
        [`\`${INSTALLED_APPS_KEY}\``, '`saveInstalledApps` is `json`', 'JSON list of display names'],
        [
          `\`${INSTALLED_APPS_KEY}\``,
          '`saveInstalledApps` is `ping`',
          'Ping’s text form `[App A, App B]`; a comma in a name is ambiguous',
        ],
        [`\`${ERROR_MESSAGE_KEY}\``, 'outcome Error', 'what happened, scrubbed of secrets'],
        [
          `\`${ERROR_STACKTRACE_KEY}\``,
          'outcome Error with an exception behind it',
          'stack trace, paths relative to the package, scrubbed',
        ],
        [`\`${PING_EXCEPTION_KEY}\``, 'outcome Error and `pingErrorKeys`', '`<Java date>: <message>`'],
        [
          `\`${PING_STACKTRACE_KEY}\``,
          'outcome Error with an exception and `pingErrorKeys`',
          '`<Java date>: <stack trace>` (the key is spelled as Ping spells it)',
        ],
      ],
    ),
  ]);
}

function metricsPage(): string {
  return page('Metrics', [
    GENERATED,
    'Served at `/metrics` by listeners that ask for it ([how](operations.md#seeing-what-it-does)), as Prometheus text or, for those who accept it, as OpenMetrics. `examples/grafana/intune-gate.json` is a dashboard of them, `examples/prometheus/alerts.yml` has rules.',
    'Labels hold names of the configuration (`node`, `tenant`, `place`) and words of closed lists. There is never one for a device, a person, a path or a header, so their number is bounded: for each node at most one series for every reason and source, and a histogram for every source; for each tenant some fifty series and a histogram for every endpoint.',
    table(
      ['metric', 'type', 'labels', 'meaning'],
      Object.entries(METRICS).map(([name, { type, labels, help }]) => [
        `\`${name}\``,
        type,
        labels.map((label) => `\`${label}\``).join(' '),
        help,
      ]),
    ),
    `Durations are counted up to ${DURATION_BUCKETS.join(', ')} seconds.`,
    'Beside these there are the usual ones of the process and of Node.js: `process_cpu_seconds_total`, `process_resident_memory_bytes`, `nodejs_eventloop_lag_seconds` and its percentiles, `nodejs_gc_duration_seconds`, and more.',
    'When a client secret expires is not known to the gate: Entra does not tell. Its refusal shows as `intune_gate_token_requests_total` with the reason as `result`.',
  ]);
}

interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

function configurationPage(): string {
  const schema = configJsonSchema() as Schema;
  return page('Configuration', [
    GENERATED,
    'One file in YAML or JSON. `intune-gate config check FILE` reports every mistake at once, `intune-gate config schema` prints the JSON Schema for editors, and `examples/gate.yaml` is a complete example. Paths are relative to the file. A secret never stands in the file: it is named by `file` or `env`.',
    'Where the table says *secret*, write `{ file: PATH }` or `{ env: VARIABLE }`.',
    '## Keys',
    table(['key', 'value', 'default', 'meaning'], [...rows('', schema)]),
    '## Environment variables',
    table(
      ['variable', 'meaning'],
      [
        ['`ENTRA_TENANT_ID`', '`tenantId` of a tenant that has none'],
        ['`ENTRA_CLIENT_ID`', '`clientId` of a tenant that has none'],
        ['`ENTRA_CLIENT_SECRET`', 'client secret of a tenant without a `credential`'],
        ['`AZURE_FEDERATED_TOKEN_FILE`', '`assertionFile` of a `federatedAssertion` that has none'],
        [
          '`INTUNE_ENABLED`',
          '`false` keeps the gate from starting: it never lets devices through unseen. `true` and unset change nothing',
        ],
        [
          '`INTUNE_COMPLIANCE_CACHE_TTL`',
          '`answers.compliantSeconds` of a file that has none, in whole seconds; `0` remembers nothing of compliant devices',
        ],
        [
          '`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT`',
          '`telemetry.otlpEndpoint` of a file that has none: the whole URL, or what `/v1/traces` is added to. Only `serve` traces. `OTEL_SDK_DISABLED=true` makes both mean nothing',
        ],
        [
          '`OTEL_EXPORTER_OTLP_TRACES_HEADERS`, `OTEL_EXPORTER_OTLP_HEADERS`',
          'headers for the collector beside those of `telemetry.headers`, as `name=value,name=value`',
        ],
        [
          '`OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG`, `OTEL_SERVICE_NAME`',
          '`telemetry.sampling` and `telemetry.serviceName` of a file that has none. Once there is a collector, the OpenTelemetry library also reads its own limits by itself (`OTEL_BSP_…`, `OTEL_EXPORTER_OTLP_COMPRESSION`, `OTEL_EXPORTER_OTLP_CERTIFICATE` and their kin)',
        ],
        [
          '`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`',
          'outbound proxy of tenants with `proxy: environment`; the place for a proxy’s password, which the file never holds',
        ],
        [
          '`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`, `AZURE_POD_IDENTITY_AUTHORITY_HOST`',
          'where the token of a `managedIdentity` comes from. Azure sets them, and Microsoft’s library (MSAL) reads them and their kin (`IMDS_ENDPOINT`, `MSI_ENDPOINT`, `MSI_SECRET`, `IDENTITY_SERVER_THUMBPRINT`, `DEFAULT_IDENTITY_CLIENT_ID`) by itself: whoever may set them chooses who hands out the token',
        ],
      ],
    ),
    'The environment fills gaps; it never overrides and never loosens what the file says.',
    '## Mistakes and warnings',
    'A mistake keeps the gate from starting; all are told at once, at most 50 in full. What can never have an effect is a mistake, too: an empty `peers`, two sources that look in the same place, a source that believes a caller who may not ask the node, a CA certificate that has expired or through which no path is ever accepted, a revocation list that none of the CAs has signed. A warning names what is allowed while a file is being written: a source that believes nobody, a caller without nodes, a node nobody may ask, an expired intermediate certificate, a revocation list that is out of date. `config check` prints warnings to stderr, `serve` logs them.',
  ]);
}

function* rows(prefix: string, schema: Schema): Generator<readonly string[]> {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (name === '$schema') continue;
    yield* describe(
      prefix === '' ? name : `${prefix}.${name}`,
      property,
      schema.required?.includes(name) === true,
    );
  }
}

function* describe(key: string, schema: Schema, required: boolean): Generator<readonly string[]> {
  yield [
    `\`${key}\``,
    valueOf(schema),
    schema.default === undefined || isObject(schema.default)
      ? required
        ? 'required'
        : ''
      : `\`${JSON.stringify(schema.default)}\``,
    schema.description ?? '',
  ];
  const item = schema.items;
  const entry = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  if (item !== undefined) yield* variants(`${key}[]`, item);
  else if (entry !== undefined) yield* variants(`${key}.NAME`, entry);
  else if (!isSecretReference(schema)) yield* variants(key, schema);
}

/** Described once, above the table. */
function isSecretReference({ properties }: Schema): boolean {
  return properties?.['file'] !== undefined && properties['env'] !== undefined;
}

function* variants(key: string, schema: Schema): Generator<readonly string[]> {
  for (const variant of schema.oneOf ?? []) {
    const [discriminator, fixed] =
      Object.entries(variant.properties ?? {}).find(([, { const: value }]) => value !== undefined) ?? [];
    yield [
      `\`${key}\` with \`${discriminator}: ${String(fixed?.const)}\``,
      '',
      '',
      variant.description ?? '',
    ];
    const { [discriminator ?? '']: _, ...properties } = variant.properties ?? {};
    yield* rows(key, { ...variant, properties });
  }
  yield* rows(key, schema);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueOf(schema: Schema): string {
  if (isSecretReference(schema)) return '*secret*';
  if (schema.enum !== undefined) {
    return schema.enum.length > 12
      ? 'a name from a list'
      : schema.enum.map((value) => `\`${String(value)}\``).join(' ');
  }
  if (schema.anyOf !== undefined) return schema.anyOf.map(valueOf).join(' or ');
  if (schema.oneOf !== undefined) return 'object';
  const range =
    schema.minimum === undefined || schema.type === 'object'
      ? ''
      : ` ${schema.minimum} to ${schema.maximum ?? '…'}`;
  return `${schema.type === 'array' ? 'list' : (schema.type ?? '')}${range}`;
}

function page(title: string, parts: readonly string[]): string {
  return `# ${title}\n\n${parts.join('\n\n')}\n`;
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

/** Bars end a cell, and outside code an angle bracket begins HTML. */
function escapeCell(cell: string): string {
  return cell
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replaceAll('<', '&lt;') : part))
    .join('`')
    .replaceAll('|', '\\|');
}
