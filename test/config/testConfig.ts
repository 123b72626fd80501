import { ConfigError, type ConfigProblem } from '../../src/config/configProblem.ts';
import { parseConfig, type ParsedConfig } from '../../src/config/parseConfig.ts';

/** What no message may ever contain. */
export const SECRET = 'V8Q~wrong.place_7f3a91c0';

export const CLIENT_ID = '00000000-0000-4000-8000-0000000000c1';
export const HASH = 'ab'.repeat(32);

type Path = readonly (string | number)[];

/** One good configuration; tests change one place of it. */
export function testConfig(): Record<string, unknown> {
  return {
    tenants: {
      default: {
        tenantId: 'contoso.example',
        clientId: CLIENT_ID,
        credential: { kind: 'clientSecret', clientSecret: { env: 'GATE_SECRET' } },
      },
    },
    nodes: { default: { deviceId: [{ source: 'header', from: ['journeys'] }] } },
    callers: [{ name: 'journeys', apiKeySha256: [HASH], nodes: ['default'] }],
  };
}

/** The good configuration with another value in one place, or without it (`undefined`). */
export function changed(path: Path, value: unknown): Record<string, unknown> {
  const config = testConfig();
  let place: Record<string | number, unknown> = config;
  for (const key of path.slice(0, -1)) {
    place[key] ??= {};
    place = place[key] as Record<string | number, unknown>;
  }
  const last = path.at(-1) ?? '';
  if (value === undefined) delete place[last];
  else place[last] = value;
  return config;
}

export function problemsOf(parsed: ParsedConfig): readonly ConfigProblem[] {
  return parsed.ok ? [] : parsed.problems;
}

/** Problems as `path: message`, of a configuration given as a value. */
export function parseProblems(config: unknown): readonly string[] {
  return problemsOf(parseConfig(JSON.stringify(config))).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

/** Problems as `path: message`, of whatever throws a ConfigError. */
export function thrownProblems(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw error;
  }
  return [];
}
