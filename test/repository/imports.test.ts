import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** The layers of docs/architecture.md. A folder imports from lower levels and from itself. */
const LEVELS: Readonly<Record<string, number>> = {
  outcomes: 0,
  sharedState: 0,
  'errors.ts': 0,
  'strictJson.ts': 0,
  'editDistance.ts': 0,
  'fileLock.ts': 0,
  'fileState.ts': 0,
  'timeLimit.ts': 0,
  'headerName.ts': 0,
  tls: 1,
  scripting: 1,
  policy: 2,
  node: 2,
  sessions: 2,
  identity: 2,
  events: 2,
  // Above the decision, whose words it uses, and below the adapters, which implement its ports.
  operations: 2.5,
  graph: 3,
  mcp: 3,
  revocation: 3,
  journeys: 3,
  pages: 3,
  identityStores: 3,
  mail: 3,
  audit: 3,
  history: 3,
  answers: 3,
  inventory: 3,
  redis: 4,
  http: 4,
  config: 4,
  simulator: 4,
  verify: 4,
  metrics: 4,
  traces: 4,
  cli: 5,
  'compose.ts': 5,
  'findExpiries.ts': 5,
  'main.ts': 5,
  'index.ts': 5,
};

/** Where each library may be used. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  fastify: ['http', 'simulator', 'compose.ts', 'cli'],
  undici: ['audit', 'graph', 'revocation', 'scripting', 'mcp'],
  '@azure/msal-node': ['graph'],
  'node-forge': ['tls', 'simulator', 'graph'],
  'lru-cache': ['node', 'answers', 'history', 'redis', 'revocation', 'journeys', 'sessions', 'pages'],
  uqr: ['pages'],
  redis: ['redis'],
  jose: ['audit', 'journeys', 'sessions'],
  pino: ['http', 'compose.ts'],
  zod: [
    'config',
    'http',
    'simulator',
    'graph',
    'identityStores',
    'journeys',
    'operations',
    'inventory',
    'cli',
  ],
  yaml: ['config', 'cli', 'identityStores', 'inventory'],
  '@node-rs/argon2': ['identityStores'],
  ldapts: ['identityStores'],
  '@duckdb/node-api': ['inventory'],
  pg: ['inventory'],
  croner: ['inventory'],
  nodemailer: ['mail'],
  'tsx/esm/api': ['scripting'],
  'quickjs-emscripten-core': ['scripting'],
  '@jitl/quickjs-wasmfile-release-sync': ['scripting'],
  '@modelcontextprotocol/sdk/server/index.js': ['mcp'],
  '@modelcontextprotocol/sdk/server/stdio.js': ['mcp'],
  '@modelcontextprotocol/sdk/server/streamableHttp.js': ['mcp'],
  '@modelcontextprotocol/sdk/client/streamableHttp.js': ['mcp'],
  '@modelcontextprotocol/sdk/shared/transport.js': ['mcp'],
  '@modelcontextprotocol/sdk/types.js': ['mcp'],
  'prom-client': ['metrics'],
  '@opentelemetry/api': ['traces'],
  '@opentelemetry/core': ['traces'],
  '@opentelemetry/resources': ['traces'],
  '@opentelemetry/sdk-trace-base': ['traces'],
  '@opentelemetry/exporter-trace-otlp-http': ['traces'],
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

function importsOf(file: string): readonly string[] {
  const text = readFileSync(resolve(SRC, file), 'utf8');
  const statements = [...text.matchAll(/^(?:import|export)\b[^;']*?from '([^']+)';$/gm)];
  const dynamic = [...text.matchAll(/\bimport\('([^']+)'\)/g)];
  return [...statements, ...dynamic].map((match) => match[1] ?? '');
}

/** The parts of compose.ts are one place. */
const placeOf = (file: string): string =>
  (file.split(sep)[0] ?? '').replace(/^compose\w+\.ts$/, 'compose.ts');

describe('imports', () => {
  test('there are files, and every place has a level', () => {
    expect(files.length).toBeGreaterThan(50);
    expect([...new Set(files.map(placeOf))].filter((place) => !(place in LEVELS))).toEqual([]);
  });

  test.each(files)('%s imports downwards only', (file) => {
    const place = placeOf(file);
    const wrong = importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => placeOf(relative(SRC, resolve(SRC, dirname(file), specifier))))
      .filter((target) => target !== place && target !== '..')
      .filter((target) => {
        const from = LEVELS[place] ?? -1;
        const to = LEVELS[target] ?? 99;
        // The command line may use what main and compose are made of, and nothing else on its level reaches sideways, except that
        // the two vocabularies of level 0 stay apart.
        return from === 5 ? to > 5 : to >= from;
      });
    expect(wrong).toEqual([]);
  });

  test.each(files)('%s uses libraries at their home only', (file) => {
    const wrong = importsOf(file)
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .filter((library) => HOMES[library]?.includes(placeOf(file)) !== true);
    expect(wrong).toEqual([]);
  });

  test('no command but `inventory` loads a database', () => {
    const reached = new Set<string>();
    const follow = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      const text = readFileSync(resolve(SRC, file), 'utf8');
      for (const [, specifier = ''] of text.matchAll(
        /^(?:import|export)\b(?! type)[^;']*?from '(\.[^']+)';$/gm,
      ))
        follow(relative(SRC, resolve(SRC, dirname(file), specifier)));
    };
    follow('main.ts');
    expect(reached.has(`cli${sep}inventory.ts`)).toBe(true);
    expect(
      [...reached].filter(
        (file) => placeOf(file) === 'inventory' || file.startsWith(`cli${sep}inventory${sep}`),
      ),
    ).toEqual([]);
  });

  test('the environment is read in one file', () => {
    const readers = files.filter((file) =>
      /process\.env|process\['env'\]/.test(readFileSync(resolve(SRC, file), 'utf8')),
    );
    expect(readers).toEqual([`config${sep}environment.ts`]);
  });
});
