import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'acorn';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { nodeDesignerFile } from '../../scripts/nodeDesignerFile.ts';
import { readDesignerNodes } from '../../src/journeys/scripted/readDesignerNodes.ts';
import { OUTCOME_IDS } from '../../src/outcomes/outcome.ts';

const root = new URL('../../integrations/ping/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');
const readJson = (file: string): unknown => JSON.parse(read(file));
const EIGHT = Object.values(OUTCOME_IDS);

/** What AM's documentation says scripts of that kind have, as far as ours use it, and the language of its engine. */
const LANGUAGE = new Set(['Error', 'JSON', 'Number', 'Object', 'String']);
const BINDINGS: Readonly<Record<string, readonly string[]>> = {
  'next-gen/intune-compliance.js': [
    'action',
    'httpClient',
    'logger',
    'nodeState',
    'properties',
    'requestHeaders',
    'systemEnv',
  ],
  'legacy/intune-compliance.js': [
    'JavaImporter',
    'httpClient',
    'logger',
    'nodeState',
    'org',
    'requestHeaders',
    'systemEnv',
    'action',
  ],
};

interface SyntaxNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode)['type'] === 'string';
}

/** Names a script uses and does not declare. */
function freeNames(program: SyntaxNode): ReadonlySet<string> {
  const declared = new Set<string>();
  const used = new Set<string>();
  const declare = (node: unknown): void => {
    if (isNode(node)) declared.add(String(node['name']));
  };
  function visit(node: SyntaxNode): void {
    if (node.type === 'Identifier') used.add(String(node['name']));
    if (node.type === 'VariableDeclarator' || node.type === 'FunctionDeclaration') declare(node['id']);
    if (node.type === 'FunctionDeclaration') (node['params'] as readonly unknown[]).forEach(declare);
    if (node.type === 'CatchClause') declare(node['param']);
    for (const [key, child] of Object.entries(node)) {
      const isName =
        (key === 'property' && node['computed'] === false) || (key === 'key' && node.type === 'Property');
      if (isName) continue;
      for (const one of Array.isArray(child) ? (child as readonly unknown[]) : [child])
        if (isNode(one)) visit(one);
    }
  }
  visit(program);
  return new Set([...used].filter((name) => !declared.has(name)));
}

describe.each(Object.keys(BINDINGS))('%s', (file) => {
  test('is ECMAScript 5 and no module: what the engine of AM reads in every version', () => {
    const program = parse(read(file), { ecmaVersion: 5, sourceType: 'script' }) as unknown as SyntaxNode;
    expect(program.type).toBe('Program');
    expect([...freeNames(program)].filter((name) => !LANGUAGE.has(name)).sort()).toEqual(
      [...(BINDINGS[file] ?? [])].sort(),
    );
  });

  test('names the eight outcomes, in the order of the node, and no key', () => {
    const [, list = ''] = /OUTCOMES = \[([\s\S]*?)\]/.exec(read(file)) ?? [];
    expect([...list.matchAll(/'(\w+)'/g)].map(([, id]) => id)).toEqual(EIGHT);
    expect(read(file)).not.toMatch(/igk_\w|Bearer [A-Za-z0-9]/);
  });
});

test('newer syntax is noticed', () => {
  for (const text of [
    'const a = 1',
    'x => x',
    '`a`',
    'async function f() {}',
    'f(a,)',
    'import a from "b"',
  ]) {
    expect(() => parse(text, { ecmaVersion: 5, sourceType: 'script' })).toThrow(SyntaxError);
  }
});

describe('node-designer', () => {
  const FILE = 'node-designer/intune-compliance.nodeTypes.json';
  const property = z.strictObject({
    title: z.string().min(1),
    description: z.string().min(1),
    type: z.enum(['NUMBER', 'STRING', 'OBJECT', 'BOOLEAN']),
    required: z.boolean(),
    defaultValue: z.union([z.string(), z.array(z.string())]),
    multivalued: z.boolean(),
    options: z.record(z.string(), z.string()),
  });
  const nodeType = z.strictObject({
    _id: z.string(),
    serviceName: z.string().regex(/^[0-9a-f]{32}$/),
    version: z.literal(1),
    displayName: z.string().min(1),
    description: z.string().min(1),
    tags: z.array(z.string()),
    outcomes: z.array(z.string()),
    inputs: z.array(z.string()),
    outputs: z.array(z.string()),
    errorOutcome: z.literal(true),
    script: z.string(),
    properties: z.record(z.string(), property),
  });

  test('is in the form AM imports, with the script of the next-generation pack (npm run docs)', () => {
    expect(read(FILE)).toBe(nodeDesignerFile());
    const { nodeTypes } = z.strictObject({ nodeTypes: z.record(z.string(), nodeType) }).parse(readJson(FILE));
    expect(Object.entries(nodeTypes)).toHaveLength(1);
    for (const [id, type] of Object.entries(nodeTypes)) {
      expect(type).toMatchObject({ _id: id, outcomes: EIGHT });
      expect(id).toBe(`${type.serviceName}-1`);
      expect(type.script).toBe(read('next-gen/intune-compliance.js'));
      for (const { multivalued, defaultValue } of Object.values(type.properties)) {
        expect(Array.isArray(defaultValue)).toBe(multivalued);
      }
    }
  });

  test('has every setting the script reads, and no other', () => {
    const { nodes, findings } = readDesignerNodes([{ name: FILE, content: read(FILE) }]);
    expect(findings).toEqual([]);
    const used = [...read('next-gen/intune-compliance.js').matchAll(/settings\.(\w+)/g)].map(
      ([, name]) => name,
    );
    expect(new Set(nodes[0]?.properties.keys())).toEqual(new Set(used));
  });
});

describe('rest-node', () => {
  const node = z.strictObject({
    _id: z.uuid(),
    restURL: z.url(),
    requestMode: z.literal('POST'),
    queryParamsMap: z.strictObject({}),
    headersMap: z.record(z.string(), z.union([z.string(), z.strictObject({ $string: z.string() })])),
    basicAuthn: z.literal(false),
    basicAuthnUsername: z.string(),
    basicAuthnPassword: z.null(),
    payload: z.string(),
    bodyType: z.literal('JSON'),
    usemTLS: z.boolean(),
    publicCert: z.string(),
    privateKey: z.null(),
    disableCertChecks: z.literal(false),
    timeout: z.int(),
    responseCodes: z.array(z.string()).max(0),
    statusCodeReturn: z.literal(''),
    bodyReturn: z.literal(''),
    jpToSSMapper: z.record(z.string(), z.string().startsWith('$.')),
    jpToOutcomeMapper: z.record(z.string(), z.string()),
    // It would write the key into the state.
    logRequest: z.literal(false),
    _type: z.object({ _id: z.literal('RESTNode') }),
    _outcomes: z.array(z.strictObject({ id: z.string(), displayName: z.string() })),
  });

  test('is in the form of an export, and its outcomes follow from its settings', () => {
    const parsed = node.parse(readJson('rest-node/intune-compliance.node.json'));
    const mapped = Object.keys(parsed.jpToOutcomeMapper);
    // Its own outcome Error has this id already.
    expect(mapped).toEqual(EIGHT.filter((id) => id !== 'ERROR'));
    expect(parsed._outcomes.map(({ id }) => id)).toEqual([...mapped, 'NOMATCHRESPONSE', 'ERROR']);
    for (const id of mapped) expect(parsed.jpToOutcomeMapper[id]).toBe(`$[?(@.outcomeId=='${id}')]`);
    expect(parsed.headersMap['Authorization']).toEqual({ $string: 'Bearer &{esv.intune.gate.key}' });
    expect(JSON.parse(parsed.payload.replace('${intuneHeader}', '["CN=1"]'))).toEqual({
      node: 'default',
      request: { headers: { 'x-intune': ['CN=1'] } },
    });
  });

  test('reads the state the node before it writes', () => {
    const header = z
      .object({
        allowedHeaders: z.record(z.string(), z.string()),
        _type: z.object({ _id: z.literal('RequestHeaderNode') }),
      })
      .parse(readJson('rest-node/intune-header.node.json'));
    expect(header.allowedHeaders).toEqual({ 'x-intune': 'intuneHeader' });
  });
});

describe('ping-gateway', () => {
  const headerFilter = z.strictObject({
    name: z.string(),
    type: z.literal('HeaderFilter'),
    config: z.strictObject({
      messageType: z.literal('REQUEST'),
      remove: z.array(z.string()).min(1).optional(),
      add: z.record(z.string(), z.array(z.string()).length(1)).optional(),
    }),
  });
  const conditionalFilter = z.strictObject({
    name: z.string(),
    type: z.literal('ConditionalFilter'),
    config: z.strictObject({ condition: z.string().regex(/^\$\{.+\}$/), delegate: headerFilter }),
  });
  const route = z.strictObject({
    name: z.string(),
    _comment: z.string(),
    condition: z.string().regex(/^\$\{.+\}$/),
    baseURI: z.string().regex(/^&\{[\w.]+\}$/),
    handler: z.strictObject({
      type: z.literal('Chain'),
      config: z.strictObject({
        filters: z.array(z.union([headerFilter, conditionalFilter])),
        handler: z.literal('ReverseProxyHandler'),
      }),
    }),
  });
  const files = readdirSync(new URL('ping-gateway/', root)).filter((file) => file.endsWith('.json'));

  test.each(files)('%s is a route without scripts, that takes away before it adds', (file) => {
    const { handler, name } = route.parse(readJson(`ping-gateway/${file}`));
    expect(`${name}.json`).toBe(file);
    const [first, ...others] = handler.config.filters;
    expect(first?.type).toBe('HeaderFilter');
    const removed = first?.type === 'HeaderFilter' ? (first.config.remove ?? []) : [];
    const added = [first, ...others].flatMap((filter) => {
      const { add = {} } =
        filter?.type === 'ConditionalFilter' ? filter.config.delegate.config : (filter?.config ?? {});
      return Object.keys(add);
    });
    expect(added.length).toBeGreaterThan(0);
    expect(added.filter((header) => !removed.includes(header))).toEqual([]);
  });

  test('what clients could say is taken away in every spelling that is folded together', () => {
    for (const file of ['am-device-certificate.json', 'am-forwarded-certificate.json']) {
      const { handler } = route.parse(readJson(`ping-gateway/${file}`));
      const [first] = handler.config.filters;
      expect(first?.type === 'HeaderFilter' ? first.config.remove : []).toEqual(
        expect.arrayContaining(['x-intune', 'x_intune', 'x.intune', 'ssl_client_cert', 'ssl-client-cert']),
      );
    }
  });
});

test('each pack has a page that says what to do, what it cannot do, and how to check', () => {
  const packs = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(packs).toHaveLength(5);
  for (const { name } of packs) {
    const page = read(`${name}/README.md`);
    for (const heading of ['## Set up', '## Check', '## What it cannot do']) expect(page).toContain(heading);
    expect(read('README.md')).toContain(`(${name}/README.md)`);
  }
});
