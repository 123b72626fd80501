import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { checkJourneys } from '../../src/journeys/check/checkJourneys.ts';
import { readJourneys } from '../../src/journeys/format/readJourneys.ts';
import { NODE_TYPES } from '../../src/journeys/nodeTypes.ts';
import { drawSvg } from '../../src/journeys/picture/drawSvg.ts';
import { scriptedTypes } from '../../src/journeys/scripted/scriptedTypes.ts';
import { OUTCOME_IDS } from '../../src/outcomes/outcome.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));

test('gate.yaml is good', () => {
  const config = loadConfig(`${examples}gate.yaml`, { ENTRA_CLIENT_SECRET: 'from-the-environment' });
  expect(Object.keys(config.nodes)).toEqual(['default']);
});

test('proxies/gate.yaml is good as far as it can be told here', () => {
  expect(parseConfig(readFileSync(`${examples}proxies/gate.yaml`, 'utf8'))).toMatchObject({
    ok: true,
    warnings: [],
  });
});

describe('journeys', () => {
  interface Tree {
    readonly entryNodeId: string;
    readonly nodes: Record<
      string,
      { readonly nodeType: string; readonly connections: Record<string, string> }
    >;
    readonly staticNodes: Record<string, unknown>;
  }
  interface Journey {
    readonly nodes: Record<string, { readonly _outcomes: { id: string }[]; readonly _type: { _id: string } }>;
    readonly tree: Tree;
  }
  const files = readdirSync(`${examples}journeys`).filter((file) => file.endsWith('.json'));

  test('are listed in their README', () => {
    const readme = readFileSync(`${examples}journeys/README.md`, 'utf8');
    expect(files.length).toBeGreaterThan(0);
    const isListed = (file: string): boolean =>
      readme.includes(`(${file})`) && readme.includes(`(${file.replace('.journey.json', '.svg')})`);
    expect(files.filter((file) => !isListed(file))).toEqual([]);
  });

  test.each(files)('%s connects every outcome to a node that exists', (file) => {
    const { nodes, tree } = JSON.parse(readFileSync(`${examples}journeys/${file}`, 'utf8')) as Journey;
    expect(tree.nodes).toHaveProperty(tree.entryNodeId);
    for (const [id, { nodeType, connections }] of Object.entries(tree.nodes)) {
      const node = nodes[id];
      expect(node?._type._id).toBe(nodeType);
      expect(Object.keys(connections)).toEqual(node?._outcomes.map((outcome) => outcome.id));
      for (const target of Object.values(connections))
        expect({ ...tree.nodes, ...tree.staticNodes }).toHaveProperty(target);
    }
  });

  test.each(files)('%s passes the check', (file) => {
    const content = readFileSync(`${examples}journeys/${file}`);
    const types = [...NODE_TYPES, ...scriptedTypes(undefined, [])];
    const { findings, runnable } = checkJourneys(readJourneys([{ name: file, content }]), { types });
    expect(findings).toEqual([]);
    expect(runnable.size).toBe(1);
  });

  test.each(files)('%s asks the same tenant, and offers its eight outcomes in their order', (file) => {
    const { nodes, tree } = JSON.parse(readFileSync(`${examples}journeys/${file}`, 'utf8')) as Journey;
    const intune = Object.entries(tree.nodes).filter(([, { nodeType }]) => nodeType === 'IntuneNode');
    expect(intune).toHaveLength(1);
    for (const [id, { connections }] of intune) {
      expect(Object.keys(connections)).toEqual(Object.values(OUTCOME_IDS));
      expect(nodes[id]).toMatchObject({ azureTenantId: '11111111-2222-4333-8444-555555555555' });
    }
  });

  test.each(files)('%s has the name of its tree, and the picture that `journey draw` draws', (file) => {
    const { set } = readJourneys([{ name: file, content: readFileSync(`${examples}journeys/${file}`) }]);
    const [name] = set.journeys.keys();
    expect(file).toBe(`${name}.journey.json`);
    expect(readFileSync(`${examples}journeys/${name}.svg`, 'utf8')).toBe(drawSvg([...set.journeys.values()]));
  });
});
