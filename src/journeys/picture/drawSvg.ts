import type { Journey } from '../journey.ts';
import { footOf, SMALL_SIZE, TITLE_SIZE } from './boxes.ts';
import { describeTree } from './describeTree.ts';
import { layOutTree, type PlacedBox, type PlacedLine, type PlacedTree } from './layOutTree.ts';
import { treeGraph } from './treeGraph.ts';

const MARGIN = 16;
const HEADING = 34;
const ROUND = 7;

/** Colours of light and dark pages. */
const STYLE = `
svg { --page: #ffffff; --box: #f3f5f8; --line: #5b6675; --text: #17202b; --muted: #586374; --page-box: #e8f0fc;
  --good: #17713a; --good-box: #e0f4e7; --bad: #a62424; --bad-box: #fce6e6; }
@media (prefers-color-scheme: dark) { svg { --page: #10151c; --box: #1c242f; --line: #8b98a9; --text: #e8edf3;
  --muted: #a3afbf; --page-box: #1b2b45; --good: #6fd896; --good-box: #12321f; --bad: #ff9a94; --bad-box: #3d1717; } }
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; fill: var(--text); }
.heading { font-size: 16px; font-weight: 600; }
.title { font-size: ${TITLE_SIZE}px; font-weight: 600; }
.type, .part, .label { font-size: ${SMALL_SIZE}px; }
.type, .label { fill: var(--muted); }
.label { text-anchor: middle; }
.background { fill: var(--page); }
.box { fill: var(--box); stroke: var(--line); }
.page { fill: var(--page-box); }
.success .box { fill: var(--good-box); stroke: var(--good); stroke-width: 2; } .success text { fill: var(--good); }
.failure .box { fill: var(--bad-box); stroke: var(--bad); stroke-width: 2; } .failure text { fill: var(--bad); }
.missing .box { stroke: var(--bad); stroke-dasharray: 5 4; }
.loose .box { stroke-dasharray: 5 4; }
.line { fill: none; stroke: var(--line); stroke-width: 1.4; }
.head { fill: var(--line); }
`
  .trim()
  .replaceAll('\n', '\n    ');

/**
 * Pure: a picture of the trees, one below the other, as one SVG document that stands alone. The same trees always give the same text.
 * Whatever names the file has are text in it, and nothing else.
 */
export function drawSvg(journeys: readonly Journey[]): string {
  const placed = journeys.map((journey) => layOutTree(treeGraph(journey)));
  const width = placed.reduce((most, tree) => Math.max(most, tree.width), 200) + 2 * MARGIN;
  let y = MARGIN;
  const parts = placed.map((tree) => {
    const drawn = drawTree(tree, y);
    y += HEADING + tree.height + 2 * MARGIN;
    return drawn;
  });
  const names = placed.map(({ graph }) => graph.name).join(', ');
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}">
  <title id="title">${escape(`${journeys.length === 1 ? 'Journey' : 'Journeys'} ${names}`)}</title>
  <desc id="description">${escape(placed.map(({ graph }) => describeTree(graph)).join('\n'))}</desc>
  <style>
    ${STYLE}
  </style>
  <defs>
    <marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto" markerUnits="userSpaceOnUse">
      <path class="head" d="M0 0 8 4 0 8z" />
    </marker>
  </defs>
  <rect class="background" width="${width}" height="${y}" rx="8" />
${parts.join('\n')}
</svg>
`;
}

function drawTree({ graph, boxes, lines }: PlacedTree, y: number): string {
  return [
    `  <g transform="translate(${MARGIN} ${y})">`,
    `    <text class="heading" x="${BEGINNING}" y="16">${escape(graph.name)}</text>`,
    `    <g transform="translate(0 ${HEADING})">`,
    ...lines.map((line) => `      <path class="line" marker-end="url(#head)" d="${pathOf(line)}" />`),
    ...lines.flatMap(({ label }) => (label === undefined ? [] : [drawLabel(label)])),
    ...boxes.map((box) => drawBox(box)),
    '    </g>',
    '  </g>',
  ].join('\n');
}

const BEGINNING = 30;

/** Stretches are straight; from one to the next the line bends. Where it turns around, it does so outside of the columns. */
function pathOf({ stretches }: PlacedLine): string {
  const [[x1, x2, y1] = [0, 0, 0], ...rest] = stretches;
  let path = `M${x1} ${y1}${x2 === x1 ? '' : `H${x2}`}`;
  let [x, y] = [x2, y1];
  let isForward = true;
  for (const [index, [from, to, at]] of rest.entries()) {
    const isLast = index === rest.length - 1;
    const leadsOn = isLast || to >= from;
    // The head of the arrow has room before it bends away.
    const bend = isForward && leadsOn ? Math.max(8, Math.round((from - x) / 2)) : 24;
    const [leave, arrive] = [isForward ? x + bend : x - bend, leadsOn ? from - bend : from + bend];
    path += y === at && isForward && leadsOn ? `H${from}` : `C${leave} ${y} ${arrive} ${at} ${from} ${at}`;
    if (to !== from) path += `H${to}`;
    [x, y, isForward] = [to, at, leadsOn];
  }
  return path;
}

function drawBox({ node, ...box }: PlacedTree['boxes'][number]): string {
  const { x, y, width, height, lines } = box;
  const kind = [node.kind, ...(node.isLoose ? ['loose'] : [])].join(' ');
  const round = node.kind === 'node' || node.kind === 'missing' ? ROUND : Math.round(height / 2);
  const mark = node.kind === 'success' ? '✓ ' : node.kind === 'failure' ? '✗ ' : '';
  const shape = node.type === 'PageNode' ? 'box page' : 'box';
  const isCentred = round !== ROUND;
  const texts = lines.map(({ text, look }, line) => {
    const at = isCentred ? `x="${x + width / 2}" text-anchor="middle"` : `x="${x + 10}"`;
    return `<text class="${look}" ${at} y="${y + footOf(line)}">${escape(line === 0 ? mark + text : text)}</text>`;
  });
  return `      <g class="${kind}"><rect class="${shape}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${round}" />${texts.join('')}</g>`;
}

/** The line goes under the label, which hides it there. */
function drawLabel({ x, y, width, height, lines }: PlacedBox): string {
  const texts = lines.map(
    ({ text }, line) =>
      `<text class="label" x="${x + width / 2}" y="${y + footOf(line) - 3}">${escape(text)}</text>`,
  );
  return `      <rect class="background" x="${x}" y="${y}" width="${width}" height="${height}" />${texts.join('')}`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
