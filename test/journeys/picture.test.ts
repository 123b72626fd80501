import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJourneys } from '../../src/journeys/format/readJourneys.ts';
import type { Journey } from '../../src/journeys/journey.ts';
import { drawMermaid } from '../../src/journeys/picture/drawMermaid.ts';
import { drawSvg } from '../../src/journeys/picture/drawSvg.ts';
import { layOutTree, type PlacedBox, type PlacedTree } from '../../src/journeys/picture/layOutTree.ts';
import { showable, widthOf, wrap } from '../../src/journeys/picture/pictureText.ts';
import { treeGraph } from '../../src/journeys/picture/treeGraph.ts';
import { FAILURE, journeyFile, LOGIN, SUCCESS, type TreeFixture } from '../support/journeyFixtures.ts';

function journey(tree: TreeFixture, name = 'Tree'): Journey {
  const found = readJourneys([journeyFile({ [name]: tree })]).set.journeys.get(name);
  if (found === undefined) throw new Error('the fixture has no tree');
  return found;
}

const lay = (tree: TreeFixture): PlacedTree => layOutTree(treeGraph(journey(tree)));

/** Names that try to be something else than names. */
const HOSTILE = [
  '</text><script>alert(1)</script>',
  '"/><image href="https://evil.example/x"/>',
  ']]>&amp;&lt;<!--',
  '"]:::x; click n0 call evil() "',
  '`**bold**` #quot; #35; %%{init:{}}%%',
  'line\nbreak\r\nend\n  subgraph x',
  '\u0000\u001b[31m\u202e\u2066\ud800\uffff',
  'x'.repeat(10_000),
  '情報'.repeat(300),
  ' ',
  '1. one',
];

/** Files with keys that JavaScript gives a meaning of their own are not read at all. */
const names = fc
  .oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 60 }))
  .filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name));

/** Any tree: as many nodes, and wherever their outcomes lead. */
const trees = fc
  .integer({ min: 1, max: 14 })
  .chain((count) =>
    fc.tuple(
      fc.array(
        fc.tuple(names, fc.array(fc.tuple(names, fc.integer({ min: -3, max: count - 1 })), { maxLength: 5 })),
        {
          minLength: count,
          maxLength: count,
        },
      ),
    ),
  )
  .map(([nodes]): TreeFixture => {
    const target = (to: number): string => [SUCCESS, FAILURE, 'gone'][-to - 1] ?? `n${to}`;
    return {
      nodes: Object.fromEntries(
        nodes.map(([type, outcomes], index) => [
          `n${index}`,
          { type, to: Object.fromEntries(outcomes.map(([outcome, to]) => [outcome, target(to)])) },
        ]),
      ),
    };
  });

function overlap(a: PlacedBox, b: PlacedBox): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function boxesAndLabels({ boxes, lines }: PlacedTree): readonly PlacedBox[] {
  return [...boxes, ...lines.flatMap(({ label }) => label ?? [])];
}

describe('the layout', () => {
  test('keeps boxes and labels apart, and inside of the picture', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const placed = lay(tree);
        const all = boxesAndLabels(placed);
        all.forEach((one, index) => {
          expect(all.slice(index + 1).filter((other) => overlap(one, other))).toEqual([]);
          expect(one.x).toBeGreaterThanOrEqual(0);
          expect(one.y).toBeGreaterThanOrEqual(0);
          expect(one.x + one.width).toBeLessThanOrEqual(placed.width);
          expect(one.y + one.height).toBeLessThanOrEqual(placed.height);
          expect([one.x, one.y, one.width, one.height].every(Number.isInteger)).toBe(true);
        });
      }),
    );
  });

  test('runs no line through a box or a label that is not its own', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const placed = lay(tree);
        for (const line of placed.lines) {
          const others = boxesAndLabels(placed).filter(
            (box) => box !== line.label && box !== placed.boxes[line.from] && box !== placed.boxes[line.to],
          );
          for (const [x1, x2, y] of line.stretches) {
            const stretch = { lines: [], x: Math.min(x1, x2), width: Math.abs(x2 - x1), y, height: 0 };
            expect(others.filter((box) => overlap(stretch, box))).toEqual([]);
          }
        }
      }),
    );
  });

  test('has every node once, and every outcome of every node', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const { graph } = lay(tree);
        const drawn = graph.nodes.filter(({ kind }) => kind === 'node');
        expect(drawn).toHaveLength(Object.keys(tree.nodes).length);
        const lines = graph.edges.filter(({ from }) => from !== 0);
        const wanted = Object.values(tree.nodes).flatMap(({ to = {} }) => [...new Set(Object.values(to))]);
        expect(lines).toHaveLength(wanted.length);
      }),
    );
  });

  test('leads on to the right, and back below what it passes', () => {
    const { boxes, lines } = lay({
      nodes: {
        a: { type: 'A', to: { outcome: 'b' } },
        b: { type: 'B', to: { outcome: 'c' } },
        c: { type: 'C', to: { again: 'a', on: SUCCESS } },
      },
    });
    const columns = boxes.slice(0, 4).map(({ x }) => x);
    expect(columns).toEqual(columns.toSorted((one, other) => one - other));
    const back = lines.find(({ outcomes }) => outcomes[0] === 'again');
    const lowest = Math.max(...boxes.slice(0, 4).map(({ y, height }) => y + height));
    expect(back?.stretches[1]?.[2]).toBeGreaterThan(lowest);
  });

  test.each([
    [
      '300 nodes, each leading to seven others',
      300,
      (index: number) => [1, 2, 7, 40, 99, 150, -30].map((far) => index + far),
    ],
    ['1,000 nodes in a row, each leading back to the first', 1_000, (index: number) => [index + 1, 0]],
    ['1,000 nodes that all lead to the last', 1_000, (index: number) => [index + 1, 999]],
  ])('of %s is ready within three seconds', (_, count, leads) => {
    const nodes = Array.from({ length: count }, (_unused, index) => [
      `n${index}`,
      {
        type: 'T',
        to: Object.fromEntries(
          leads(index).map((to, outcome) => [`o${outcome}`, `n${(to + count) % count}`]),
        ),
      },
    ]);
    const began = performance.now();
    const picture = drawSvg([journey({ nodes: Object.fromEntries(nodes) as TreeFixture['nodes'] })]);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(picture.match(/class="title"/g)?.length).toBeGreaterThanOrEqual(count);
    expect(picture.length).toBeLessThan(10_000_000);
  });
});

describe('SVG', () => {
  test('is the same text each time, and says in words what it shows', () => {
    const picture = drawSvg([journey(LOGIN, 'Login')]);
    expect(drawSvg([journey(LOGIN, 'Login')])).toBe(picture);
    expect(picture).toContain('role="img" aria-labelledby="title description"');
    expect(picture).toContain('<title id="title">Journey Login</title>');
    expect(picture).toContain('check (DataStoreDecisionNode): true to Success; false to Failure.');
    expect(picture).toContain('page (PageNode with username, password): leads to check.');
    expect(picture).toContain('prefers-color-scheme: dark');
    expect(picture).toContain('✓ Success');
  });

  test('has nothing of a file but in texts', () => {
    fc.assert(
      fc.property(trees, names, (tree, name) => {
        const picture = drawSvg([journey(tree, name === '' ? 'x' : name)]);
        const tags = [...picture.matchAll(/<(\/?[^\s>/]*)([^>]*)>/g)];
        expect(new Set(tags.map(([, tag]) => tag?.replace('/', '')))).toEqual(
          new Set(['svg', 'title', 'desc', 'style', 'defs', 'marker', 'path', 'rect', 'g', 'text']),
        );
        for (const [, , attributes = ''] of tags) {
          expect(attributes).toMatch(/^(?: [a-zA-Z-]+="[\w\s.,#:()/-]*")* ?\/?$/);
        }
        const texts = picture.replaceAll(/<style>[^]*<\/style>|<[^>]*>/g, '');
        expect(texts).not.toMatch(/&(?!#(?:38|60|62|34|39);)/);
        expect(texts).not.toMatch(/[\p{Bidi_Control}\p{Cs}]|[^\P{Cc}\n]/u);
      }),
    );
  });

  test('marks what no way leads to, and what the file does not have', () => {
    const picture = drawSvg([
      journey({
        nodes: { a: { type: 'A', to: { x: 'gone', y: SUCCESS } }, island: { type: 'B', to: { z: 'a' } } },
      }),
    ]);
    expect(picture).toContain('<g class="node loose">');
    expect(picture).toContain('<g class="missing">');
    expect(picture).toContain('Not in the file');
  });

  test('names outcomes as the export does', () => {
    const picture = drawSvg([
      journey({
        nodes: {
          a: {
            type: 'A',
            to: { NOID: FAILURE, COMPLIANT: SUCCESS },
            config: {
              _outcomes: [
                { id: 'COMPLIANT', displayName: 'Compliant' },
                { id: 'NOID', displayName: 'No Id' },
              ],
            },
          },
        },
      }),
    ]);
    expect(picture).toContain('Compliant to Success; No Id to Failure.');
  });

  test('draws several trees below each other, and what inner trees they run', () => {
    const { set } = readJourneys([
      journeyFile({
        Login: LOGIN,
        Outer: {
          nodes: { i: { type: 'InnerTreeEvaluatorNode', to: { true: SUCCESS }, config: { tree: 'Login' } } },
        },
      }),
    ]);
    const picture = drawSvg([...set.journeys.values()]);
    expect(picture).toContain('<title id="title">Journeys Login, Outer</title>');
    expect(picture).toContain('· runs Login');
  });
});

describe('Mermaid', () => {
  const STATEMENT =
    /^ +(?:t\d+n\d+(?:\(\["TEXT"\]\)|\["TEXT"\])(?::::\w+)?|t\d+n\d+ -->(?:\|"TEXT"\|)? t\d+n\d+|subgraph t\d+\["TEXT"\]|end|classDef [\w :#,-]+)$/;
  const text = String.raw`(?:[A-Za-z0-9, ]|#\d+;|<br\/>|[^\u0000-\u00a0\u2028\u2029])*`;
  const statement = new RegExp(STATEMENT.source.replaceAll('TEXT', text), 'u');

  test('is made of our own statements, whatever the names', () => {
    fc.assert(
      fc.property(trees, names, (tree, name) => {
        const [first, ...lines] = drawMermaid([journey(tree, name === '' ? 'x' : name), journey(LOGIN)])
          .trimEnd()
          .split('\n');
        expect(first).toBe('flowchart LR');
        expect(lines.filter((line) => !statement.test(line))).toEqual([]);
      }),
    );
  });

  test('is the tree', () => {
    expect(drawMermaid([journey(LOGIN)])).toBe(`flowchart LR
  t0n0(["Start"])
  t0n1["page<br/>PageNode<br/>· username<br/>· password"]
  t0n2["check<br/>DataStoreDecisionNode"]
  t0n3(["✓ Success"]):::success
  t0n4(["✗ Failure"]):::failure
  t0n0 --> t0n1
  t0n1 --> t0n2
  t0n2 -->|"true"| t0n3
  t0n2 -->|"false"| t0n4
  classDef success stroke:#2da44e,stroke-width:2px
  classDef failure stroke:#cf222e,stroke-width:2px
  classDef missing stroke:#cf222e,stroke-dasharray:5 4
  classDef loose stroke-dasharray:5 4
`);
  });
});

describe('texts', () => {
  test('are broken into lines that fit', () => {
    fc.assert(
      fc.property(
        names,
        fc.integer({ min: 4, max: 30 }),
        fc.integer({ min: 1, max: 5 }),
        (name, width, most) => {
          const lines = wrap(showable(name), width, most);
          expect(lines.length).toBeLessThanOrEqual(most);
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  test('are broken in words where parts of them begin', () => {
    expect(wrap('product-CertificateValidationNode', 9, 4)).toEqual([
      'product-',
      'Certificate',
      'ValidationNode',
    ]);
  });

  test('lose nothing that fits', () => {
    expect(wrap('Data Store Decision', 9, 3)).toEqual(['Data Store', 'Decision']);
    expect(wrap('Data Store Decision', 4, 2)).toEqual(['Data', 'Store…']);
  });
});
