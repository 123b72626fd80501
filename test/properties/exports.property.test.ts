import * as fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkJourneys, type CheckedJourneys } from '../../src/journeys/check/checkJourneys.ts';
import { FINDINGS } from '../../src/journeys/finding.ts';
import { readJourneys, type JourneyFile } from '../../src/journeys/format/readJourneys.ts';
import { NODE_TYPES } from '../../src/journeys/nodeTypes.ts';
import { drawSvg } from '../../src/journeys/picture/drawSvg.ts';
import { scriptedTypes } from '../../src/journeys/scripted/scriptedTypes.ts';
import { EXPORT_LAYOUTS, type FrodoExport } from '../support/journeyExports.ts';

const folder = fileURLToPath(new URL('../../examples/journeys/', import.meta.url));
const EXAMPLES = readdirSync(folder)
  .filter((name) => name.endsWith('.journey.json'))
  .map((name) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8')) as FrodoExport);

const TYPES = [...NODE_TYPES, ...scriptedTypes(undefined, [])];
const KNOWN = new Set(TYPES.map(({ type }) => type));

const check = (files: readonly JourneyFile[]): CheckedJourneys =>
  checkJourneys(readJourneys(files), { types: TYPES });

/** One example in one layout. */
const written = fc
  .record({ journey: fc.constantFrom(...EXAMPLES), layout: fc.constantFrom(...Object.keys(EXPORT_LAYOUTS)) })
  .map(({ journey, layout }) => ({ journey, layout, files: EXPORT_LAYOUTS[layout]?.(journey) ?? [] }));

const ODD = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1e308,
    '',
    '\u0000\u202e',
    'x'.repeat(100_000),
    [],
    {},
    [[[[[[]]]]]],
    '70e691a5-1e33-4ac3-a356-e7b6d60d92e0',
    'startNode',
    'PageNode',
    'InnerTreeEvaluatorNode',
    'KbaCreateNode',
    'designer-0123456789abcdef0123456789abcdef',
    '&{esv.x}',
    { $string: '&{esv.x}' },
  ),
  fc.jsonValue(),
);

/** Somewhere in a file: replaced, taken away, or written beside what is there. */
const damage = fc.record({
  path: fc.array(fc.nat(), { minLength: 1, maxLength: 7 }),
  how: fc.constantFrom('replace', 'delete', 'add', 'swap'),
  value: ODD,
});

function damaged(
  text: string,
  { path, how, value }: { path: readonly number[]; how: string; value: unknown },
): string {
  const root = { root: JSON.parse(text) as unknown };
  let place: Record<string, unknown> = root;
  let key = 'root';
  for (const step of path) {
    const inside = place[key];
    if (typeof inside !== 'object' || inside === null || Object.keys(inside).length === 0) break;
    place = inside as Record<string, unknown>;
    key = Object.keys(inside)[step % Object.keys(inside).length] ?? '';
  }
  if (how === 'replace') place[key] = value;
  else if (how === 'delete') delete place[key];
  else if (how === 'add') place[`${key}x`] = value;
  else {
    const [first = '', last = ''] = [Object.keys(place)[0], Object.keys(place).at(-1)];
    [place[first], place[last]] = [place[last], place[first]];
  }
  return JSON.stringify(root.root) ?? '';
}

/** What holds of any file whatsoever. */
function expectSound({ set, findings, runnable }: CheckedJourneys): void {
  for (const { code, path } of findings) {
    expect(FINDINGS).toHaveProperty(code);
    expect(path === '' || path.startsWith('/')).toBe(true);
  }
  for (const journey of set.journeys.values()) {
    const types = [...journey.nodes.values()].flatMap(({ type, children }) => [
      type,
      // What stands in a node that is no page is looked at by nobody.
      ...(type === 'PageNode' ? children.map((child) => child.type) : []),
    ]);
    for (const type of types.filter((one) => !KNOWN.has(one))) {
      const named = findings.filter(
        ({ code, tree, message }) =>
          code === 'unknownType' && tree === journey.name && message.includes(type),
      );
      expect([type, named.length > 0]).toEqual([type, true]);
    }
    expect(drawSvg([journey])).toContain('</svg>');
  }
  for (const { journey } of runnable.values()) {
    expect(findings.some(({ tree, severity }) => tree === journey.name && severity === 'error')).toBe(false);
  }
}

describe('the examples', () => {
  test.each(Object.keys(EXPORT_LAYOUTS))('run as well from %s', (layout) => {
    for (const journey of EXAMPLES) {
      const { findings, runnable } = check(EXPORT_LAYOUTS[layout]?.(journey) ?? []);
      expect([journey.tree._id, findings, [...runnable.keys()]]).toEqual([
        journey.tree._id,
        [],
        [journey.tree._id],
      ]);
    }
  });

  test('damaged anywhere, in any layout, are told about and never crash the check', () => {
    fc.assert(
      fc.property(
        written,
        fc.array(damage, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        ({ files }, damages, which) => {
          const hurt = files.map(({ name, content }, index) => {
            // One file of several, each time.
            if (index !== which % files.length) return { name, content };
            return {
              name,
              content: damages.reduce(
                (text, one) => (text === '' ? text : damaged(text, one)),
                String(content),
              ),
            };
          });
          const began = performance.now();
          const checked = check(hurt);
          expect(performance.now() - began).toBeLessThan(1_000);
          expectSound(checked);
        },
      ),
      { numRuns: 600 },
    );
  });

  test('cut off or with bytes changed are told about', () => {
    fc.assert(
      fc.property(written, fc.nat(), fc.nat(255), fc.boolean(), ({ files }, at, byte, isCut) => {
        const [first, ...others] = files;
        const bytes = Buffer.from(String(first?.content));
        const place = at % bytes.length;
        if (!isCut) bytes[place] = byte;
        const content = isCut ? bytes.subarray(0, place) : bytes;
        const checked = check([{ name: first?.name ?? '', content }, ...others]);
        expectSound(checked);
        expect(checked.findings.length > 0 || !isCut).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('with a type this engine does not have name it, wherever it stands', () => {
    const type = fc.stringMatching(/^[A-Za-z][\w.-]{0,60}$/).filter((name) => !KNOWN.has(name));
    fc.assert(
      fc.property(
        fc.constantFrom(...EXAMPLES),
        fc.constantFrom(...Object.keys(EXPORT_LAYOUTS)),
        type,
        fc.nat(),
        (journey, layout, name, which) => {
          const ids = [...Object.keys(journey.nodes), ...Object.keys(journey.innerNodes)];
          const id = ids[which % ids.length] ?? '';
          const renamed = rename(journey, id, name);
          const { findings, runnable } = check(EXPORT_LAYOUTS[layout]?.(renamed) ?? []);
          expect(findings).toContainEqual(
            expect.objectContaining({
              code: 'unknownType',
              message: `the node type ${name} is not supported`,
            }),
          );
          expect(runnable.size).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** The same journey with another type for one node, in the tree or in a page. */
function rename(journey: FrodoExport, id: string, type: string): FrodoExport {
  const copy = structuredClone(journey) as unknown as {
    tree: { nodes: Record<string, { nodeType: string }> };
    nodes: Record<string, { _type: { _id: string }; nodes?: { _id: string; nodeType: string }[] }>;
    innerNodes: Record<string, { _type: { _id: string } }>;
  };
  const inTree = copy.tree.nodes[id];
  if (inTree !== undefined) inTree.nodeType = type;
  for (const entries of [copy.nodes, copy.innerNodes]) {
    const settings = entries[id];
    if (settings !== undefined) settings._type._id = type;
  }
  for (const { nodes = [] } of Object.values(copy.nodes))
    for (const child of nodes) if (child._id === id) child.nodeType = type;
  return copy as unknown as FrodoExport;
}
