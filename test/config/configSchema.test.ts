import { describe, expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/configSchema.ts';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { changed, HASH, testConfig } from './testConfig.ts';

type Schema = Readonly<Record<string, unknown>>;

const schema: Schema = configJsonSchema();

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function branches(part: Schema): readonly Schema[] {
  const listed = [part['anyOf'], part['oneOf'], part['allOf']].find(Array.isArray) as unknown[] | undefined;
  return listed?.filter(isSchema) ?? [];
}

/**
 * As much of a JSON Schema validator as these tests need: types, objects, lists, unions, constants and patterns. An unknown keyword
 * is an error, so that nothing is passed over in silence.
 */
const UNDERSTOOD = new Set(
  'type properties required additionalProperties propertyNames items anyOf oneOf const enum pattern minLength maxLength minimum maximum exclusiveMinimum minItems maxItems default description title $schema format'.split(
    ' ',
  ),
);

function accepts(part: Schema, value: unknown): boolean {
  for (const keyword of Object.keys(part))
    if (!UNDERSTOOD.has(keyword)) throw new Error(`keyword ${keyword}`);
  const unions = branches(part);
  if (unions.length > 0) return unions.some((branch) => accepts(branch, value));
  if ('const' in part) return value === part['const'];
  if (Array.isArray(part['enum'])) return part['enum'].includes(value);
  switch (part['type']) {
    case 'string':
      return (
        typeof value === 'string' &&
        (typeof part['pattern'] !== 'string' || new RegExp(part['pattern']).test(value))
      );
    case 'integer':
    case 'number':
      return (
        typeof value === 'number' &&
        (part['type'] === 'number' || Number.isInteger(value)) &&
        value >= Number(part['minimum'] ?? -Infinity) &&
        value <= Number(part['maximum'] ?? Infinity) &&
        value > Number(part['exclusiveMinimum'] ?? -Infinity)
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'array': {
      const { items } = part;
      return (
        Array.isArray(value) &&
        value.length >= Number(part['minItems'] ?? 0) &&
        value.length <= Number(part['maxItems'] ?? Infinity) &&
        value.every((item) => !isSchema(items) || accepts(items, item))
      );
    }
    case 'object': {
      if (!isSchema(value)) return false;
      const properties = isSchema(part['properties']) ? part['properties'] : {};
      const required = (part['required'] ?? []) as readonly string[];
      const others = part['additionalProperties'];
      const names = part['propertyNames'];
      return (
        required.every((key) => Object.hasOwn(value, key)) &&
        Object.keys(value).every((key) => !isSchema(names) || accepts(names, key)) &&
        Object.entries(value).every(([key, inner]) => {
          const own = properties[key];
          if (isSchema(own)) return accepts(own, inner);
          return isSchema(others) ? accepts(others, inner) : others !== false;
        })
      );
    }
    default:
      throw new Error(`type ${String(part['type'])}`);
  }
}

describe('the JSON Schema', () => {
  test('describes every property, so that editors and the documentation can show it', () => {
    const silent: string[] = [];
    let seen = 0;
    const visit = (part: Schema, path: string): void => {
      if (isSchema(part['properties'])) {
        for (const [key, property] of Object.entries(part['properties'])) {
          if (!isSchema(property)) continue;
          seen += 1;
          // A constant says which variant this is; the variant itself is described.
          const text = property['description'] ?? ('const' in property ? part['description'] : undefined);
          if (typeof text !== 'string' || text === '') silent.push(`${path}.${key}`);
          visit(property, `${path}.${key}`);
        }
      }
      if (isSchema(part['items'])) visit(part['items'], `${path}[]`);
      if (isSchema(part['additionalProperties'])) visit(part['additionalProperties'], `${path}.*`);
      branches(part).forEach((branch, index) => visit(branch, `${path}|${index}`));
    };
    visit(schema, '');
    expect(seen).toBeGreaterThan(50);
    expect(silent).toEqual([]);
  });

  test('demands only the nodes, and allows no unknown key', () => {
    expect(schema).toMatchObject({ required: ['nodes'], additionalProperties: false, type: 'object' });
    expect(JSON.stringify(schema)).not.toContain('$ref');
  });

  test.each<[string, unknown]>([
    ['the good one', testConfig()],
    ['the least one', { nodes: { default: { deviceId: [{ source: 'header' }] } } }],
    ['one with $schema', { ...testConfig(), $schema: './config.schema.json' }],
    [
      'every kind of source',
      changed(
        ['nodes', 'default', 'deviceId'],
        [
          { source: 'header', name: 'x-intune', idKind: 'entra', peers: ['10.0.0.0/8'] },
          { source: 'sharedState', key: 'device' },
          { source: 'certificate', header: 'x-cert', trust: { anchors: ['ca.pem'] } },
        ],
      ),
    ],
    ['lists and words', changed(['nodes', 'default', 'saveDeviceProperties'], ['deviceName', 'osVersion'])],
    ['a partial table of outcomes', changed(['nodes', 'default', 'outcomes'], { deviceNotFound: 'Error' })],
    [
      'a certificate credential',
      changed(['tenants', 'default', 'credential'], {
        kind: 'certificate',
        certificateFile: 'a',
        privateKeyFile: 'b',
        passphrase: { env: 'P' },
      }),
    ],
    ['no credential at all', changed(['tenants', 'default', 'credential'], undefined)],
    ['a proxy URL', changed(['tenants', 'default', 'proxy'], 'http://proxy:8080')],
    ['limits and log', { ...testConfig(), limits: { shutdownMs: 0 }, log: { level: 'silent' } }],
  ])('accepts what the parser accepts: %s', (_name, config) => {
    expect(parseConfig(JSON.stringify(config)).ok).toBe(true);
    expect(accepts(schema, config)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['an unknown key', { ...testConfig(), nodez: {} }],
    ['no nodes key', { callers: [] }],
    ['an unknown outcome', changed(['nodes', 'default', 'outcomes'], { deviceNotFound: 'Good' })],
    ['an unknown reason', changed(['nodes', 'default', 'outcomes'], { notAReason: 'Error' })],
    ['an unknown credential', changed(['tenants', 'default', 'credential'], { kind: 'hope' })],
    ['a secret in the file', changed(['tenants', 'default', 'credential', 'clientSecret'], 'plain')],
    ['a hash that is none', changed(['callers', 0, 'apiKeySha256'], [`${HASH}0`])],
    ['a deadline too short', changed(['nodes', 'default', 'deadlineMs'], 1)],
  ])('refuses what the parser refuses: %s', (_name, config) => {
    expect(parseConfig(JSON.stringify(config)).ok).toBe(false);
    expect(accepts(schema, config)).toBe(false);
  });
});
