import { labelBox, nodeBox, type Box } from './boxes.ts';
import { jumpFar } from './jumpFar.ts';
import { assignLayers, type Layers } from './layers.ts';
import { orderColumns } from './orderColumns.ts';
import { placeColumns } from './placeColumns.ts';
import { createSlots, type Slots } from './slots.ts';
import type { GraphEdge, GraphNode, TreeGraph } from './treeGraph.ts';

/** Where lines may bend, between two columns, in pixels. */
const BEND = 30;
const GAP = 16;
const LANE_GAP = 10;
/** A line that passes needs as much room. */
const PASSING = 6;

/** A box at its place; x and y are its upper left corner. */
export interface PlacedBox extends Box {
  readonly x: number;
  readonly y: number;
}

/** One line from box to box, as points it passes horizontally; between two of them it bends. */
export interface PlacedLine {
  readonly from: number;
  readonly to: number;
  readonly outcomes: readonly string[];
  /** Stretches from left to right, or from right to left on the way back: `[x1, x2, y]`. */
  readonly stretches: readonly (readonly [number, number, number])[];
  readonly label: PlacedBox | undefined;
}

/** A tree with everything at its place, in whole pixels from its upper left corner. */
export interface PlacedTree {
  readonly graph: TreeGraph;
  readonly boxes: readonly (PlacedBox & { readonly node: GraphNode })[];
  readonly lines: readonly PlacedLine[];
  readonly width: number;
  readonly height: number;
}

/**
 * Pure: lays a tree out from left to right. Nodes stand in columns by their distance from the start, labels in columns between them;
 * lines that lead back go below everything they pass. No box or label lies over another, and no line runs under one that is not its own.
 */
export function layOutTree(tree: TreeGraph): PlacedTree {
  const graph = jumpFar(tree, assignLayers(tree));
  const layers = assignLayers(graph);
  const slots = createSlots(graph, layers);
  const columns = orderColumns(slots);
  const boxes = boxesOf(slots, graph);
  const heights = boxes.map((box) => box?.height ?? PASSING);
  const middles = placeColumns(slots, columns, heights, GAP).map(Math.round);
  const top = Math.min(0, ...middles.map((middle, slot) => Math.floor(middle - (heights[slot] ?? 0) / 2)));
  const loopLabels = new Map([...layers.loops].map((edge) => [edge, labelBox(edge)]));
  const xs = columnEdges(slots, columns, boxes, loopsByColumn(layers, loopLabels));

  const placed = boxes.map((box, slot): PlacedBox => {
    const { column } = slots.slots[slot] ?? { column: 0 };
    const { left, right } = xs[column] ?? { left: 0, right: 0 };
    const size = box ?? { lines: [], width: 0, height: PASSING };
    const isLabel = slots.slots[slot]?.node === undefined;
    return {
      ...size,
      x: isLabel ? Math.round((left + right - size.width) / 2) : left,
      y: Math.round((middles[slot] ?? 0) - top - size.height / 2),
    };
  });
  const forward = forwardLines(slots, placed, xs);
  const { lines: back, bottom } = loopLines(graph, layers, slots, placed, xs, loopLabels);
  const lines = spreadStarts([...forward, ...back], placed);
  const nodes = graph.nodes.map((node, index) => ({ node, ...(placed[index] ?? NOWHERE) }));
  return { graph, boxes: nodes, lines, width: (xs.at(-1)?.right ?? 0) + BEND, height: bottom };
}

const NOWHERE: PlacedBox = { lines: [], width: 0, height: 0, x: 0, y: 0 };

interface ColumnEdges {
  readonly left: number;
  readonly right: number;
}

function boxesOf({ slots }: Slots, { nodes }: TreeGraph): readonly (Box | undefined)[] {
  return slots.map(({ node, label }) => {
    const drawn = node === undefined ? undefined : nodes[node];
    if (drawn !== undefined) return nodeBox(drawn);
    return label === undefined ? undefined : labelBox(label);
  });
}

/** How wide the labels of lines that lead back are, by the column they start from. */
function loopsByColumn(
  { layerOf }: Layers,
  labels: ReadonlyMap<GraphEdge, Box | undefined>,
): ReadonlyMap<number, number> {
  const widths = new Map<number, number>();
  for (const [edge, label] of labels) {
    const column = 2 * (layerOf[edge.from] ?? 0);
    widths.set(column, Math.max(widths.get(column) ?? 0, label?.width ?? 0));
  }
  return widths;
}

function columnEdges(
  { slots }: Slots,
  columns: readonly (readonly number[])[],
  boxes: readonly (Box | undefined)[],
  atLeast: ReadonlyMap<number, number>,
): readonly ColumnEdges[] {
  let x = BEND;
  return columns.map((column, index) => {
    const widths = column.map((slot) => (slots[slot] === undefined ? 0 : (boxes[slot]?.width ?? 0)));
    const width = widths.reduce((most, one) => Math.max(most, one), atLeast.get(index) ?? 0);
    const edges = { left: x, right: x + width };
    // Where nothing is written between two columns of nodes, they stand nearer to each other.
    x += width + (width === 0 ? 0 : BEND);
    return edges;
  });
}

function middleOf({ y, height }: PlacedBox): number {
  return Math.round(y + height / 2);
}

function forwardLines(
  { slots, chains }: Slots,
  placed: readonly PlacedBox[],
  xs: readonly ColumnEdges[],
): readonly PlacedLine[] {
  return chains.map(({ edge, slots: passed }) => {
    const stretches = passed.map((slot, index): readonly [number, number, number] => {
      const box = placed[slot] ?? NOWHERE;
      const { left, right } = xs[slots[slot]?.column ?? 0] ?? { left: 0, right: 0 };
      if (index === 0) return [box.x + box.width, Math.max(right, box.x + box.width), middleOf(box)];
      return index === passed.length - 1 ? [left, left, middleOf(box)] : [left, right, middleOf(box)];
    });
    const [, labelSlot] = passed;
    const label = labelSlot === undefined ? undefined : placed[labelSlot];
    return {
      from: edge.from,
      to: edge.to,
      outcomes: edge.outcomes,
      stretches,
      label: label !== undefined && label.lines.length > 0 ? label : undefined,
    };
  });
}

/** Lines that lead back, each below everything in the columns it passes, the shorter ones first. */
function loopLines(
  { nodes }: TreeGraph,
  { layerOf, loops }: Layers,
  { slots }: Slots,
  placed: readonly PlacedBox[],
  xs: readonly ColumnEdges[],
  labels: ReadonlyMap<GraphEdge, Box | undefined>,
): { readonly lines: readonly PlacedLine[]; readonly bottom: number } {
  const bottoms = xs.map(() => 0);
  slots.forEach(({ column }, slot) => {
    const { y, height } = placed[slot] ?? NOWHERE;
    bottoms[column] = Math.max(bottoms[column] ?? 0, y + height);
  });
  const spanOf = ({ from, to }: GraphEdge): number => (layerOf[from] ?? 0) - (layerOf[to] ?? 0);
  const lines = [...loops]
    .sort((a, b) => spanOf(a) - spanOf(b))
    .map((edge): PlacedLine => {
      const [first, last] = [2 * (layerOf[edge.to] ?? 0), 2 * (layerOf[edge.from] ?? 0)];
      const label = labels.get(edge);
      const height = label?.height ?? PASSING;
      const above = bottoms.slice(first, last + 1).reduce((most, y) => Math.max(most, y), 0);
      const y = above + LANE_GAP + Math.round(height / 2);
      bottoms.fill(y + Math.ceil(height / 2), first, last + 1);
      const [source, target] = [placed[edge.from] ?? NOWHERE, placed[edge.to] ?? NOWHERE];
      const [left, right] = [xs[first]?.left ?? 0, xs[last]?.right ?? 0];
      const columnLeft = xs[last]?.left ?? 0;
      return {
        from: edge.from,
        to: edge.to,
        outcomes: edge.outcomes,
        stretches: [
          [source.x + source.width, Math.max(right, source.x + source.width), middleOf(source)],
          [right, left, y],
          [left, left, Math.round(target.y + target.height * 0.75)],
        ],
        label:
          label === undefined
            ? undefined
            : {
                ...label,
                x: Math.round((columnLeft + right - label.width) / 2),
                y: Math.round(y - label.height / 2),
              },
      };
    });
  const bottom = [
    ...bottoms,
    ...nodes.map((_, node) => (placed[node]?.y ?? 0) + (placed[node]?.height ?? 0)),
  ];
  return { lines, bottom: bottom.reduce((most, y) => Math.max(most, y), 0) };
}

/** Lines that leave one box leave it one below the other, in the order in which they go on. */
function spreadStarts(lines: readonly PlacedLine[], placed: readonly PlacedBox[]): readonly PlacedLine[] {
  const bySource = new Map<number, PlacedLine[]>();
  for (const line of lines) {
    const list = bySource.get(line.from) ?? [];
    bySource.set(line.from, list);
    list.push(line);
  }
  return [...bySource].flatMap(([from, leaving]) => {
    const { y, height } = placed[from] ?? NOWHERE;
    const sorted = leaving.toSorted((a, b) => (a.stretches[1]?.[2] ?? 0) - (b.stretches[1]?.[2] ?? 0));
    return sorted.map((line, index): PlacedLine => {
      const [[x1, x2] = [0, 0], ...rest] = line.stretches;
      const start = Math.round(y + (height * (index + 1)) / (sorted.length + 1));
      return { ...line, stretches: [[x1, x2, start], ...rest] };
    });
  });
}
