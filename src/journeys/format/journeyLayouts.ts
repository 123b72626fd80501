import { amRestList, amRestNode, amRestScript, amRestTree } from './amRest.ts';
import { amster } from './amster.ts';
import { flat } from './flat.ts';
import { frodoMulti, frodoSingle } from './frodo.ts';
import type { JourneyLayout } from './journeyLayout.ts';

/** Every layout, the most telling first: the first that recognises a file reads it. */
export const JOURNEY_LAYOUTS: readonly JourneyLayout[] = [
  amster,
  frodoMulti,
  frodoSingle,
  flat,
  amRestTree,
  amRestNode,
  amRestScript,
  amRestList,
];
