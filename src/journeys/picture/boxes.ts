import { widthOf, wrap } from './pictureText.ts';
import type { GraphEdge, GraphNode } from './treeGraph.ts';

/** Sizes in pixels. */
export const TITLE_SIZE = 13;
export const SMALL_SIZE = 11;
const LINE = 16;
const PADDING = 10;
const NODE_WIDTH = 184;
const LABEL_WIDTH = 130;
const MOST_TITLE_LINES = 3;
const MOST_PARTS = 12;
const MOST_LABEL_LINES = 9;

/** One line of text in a box, and how it looks. */
export interface BoxLine {
  readonly text: string;
  readonly look: 'title' | 'type' | 'part' | 'label';
}

/** What is written in a box, and how large the box is for it. */
export interface Box {
  readonly lines: readonly BoxLine[];
  readonly width: number;
  readonly height: number;
}

/** Distance from the top of a box to the foot of a line of its text. */
export function footOf(line: number): number {
  return PADDING / 2 + LINE * line + 14;
}

/** Pure: the box of a node. All real nodes are equally wide. */
export function nodeBox({ kind, title, type, parts }: GraphNode): Box {
  const inside = (NODE_WIDTH - 2 * PADDING) / TITLE_SIZE;
  const insideSmall = (NODE_WIDTH - 2 * PADDING) / SMALL_SIZE;
  const shownParts =
    parts.length > MOST_PARTS
      ? [...parts.slice(0, MOST_PARTS - 1), `… ${parts.length - MOST_PARTS + 1} more`]
      : parts;
  const lines: readonly BoxLine[] = [
    ...wrap(title, inside, MOST_TITLE_LINES).map((text) => ({ text, look: 'title' as const })),
    ...(type === '' ? [] : wrap(type, insideSmall, 2).map((text) => ({ text, look: 'type' as const }))),
    ...shownParts.flatMap((part) =>
      wrap(`· ${part}`, insideSmall, 1).map((text) => ({ text, look: 'part' as const })),
    ),
  ];
  const isReal = kind === 'node' || kind === 'missing';
  const text = Math.max(0, ...lines.map((line) => widthOf(line.text) * TITLE_SIZE));
  return {
    lines,
    width: isReal ? NODE_WIDTH : Math.ceil(text) + 3 * PADDING,
    height: lines.length * LINE + PADDING + 4,
  };
}

/** Pure: the label of a line: a line of text for each outcome. Undefined where nothing is written. */
export function labelBox({ outcomes }: GraphEdge): Box | undefined {
  if (outcomes.length === 0) return undefined;
  const all = outcomes.flatMap((outcome) => wrap(outcome, LABEL_WIDTH / SMALL_SIZE, 2));
  const shown =
    all.length > MOST_LABEL_LINES
      ? [...all.slice(0, MOST_LABEL_LINES - 1), `… ${all.length - MOST_LABEL_LINES + 1} more`]
      : all;
  return {
    lines: shown.map((text) => ({ text, look: 'label' })),
    width: Math.ceil(Math.max(...shown.map((text) => widthOf(text) * SMALL_SIZE))) + PADDING,
    height: shown.length * LINE + 4,
  };
}
