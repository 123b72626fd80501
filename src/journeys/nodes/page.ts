import { z } from 'zod';
import { isSilent, type Callback } from '../callbacks/callback.ts';
import { localisedTexts } from '../localisedTexts.ts';
import type { NodeContext, PageChild } from '../nodeContext.ts';
import { goTo, NodeFault, type NodeResult, type PageTexts } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { setting } from './settings.ts';

const configuration = z.object({
  pageHeader: localisedTexts,
  pageDescription: localisedTexts,
  stage: setting(z.string(), ''),
});

/**
 * Asks what several nodes ask, on one page. All of them run at every submission, in order; as long as one still asks, the whole page is
 * sent again. The outcome is that of the last.
 */
export const page = defineNodeType({
  type: 'PageNode',
  displayName: 'Page Node',
  configuration,
  outcomes: () => [],
  asks: () => 'never',
  holdsNodes: true,
  notInPage: true,
  async run(context) {
    const results = await runInOrder(context.children);
    if (!results.some(stillAsks)) return outcomeOf(results);
    const shown = await showAgain(context.children, results);
    const parts = shown.flatMap((result, child) =>
      result.is === 'ask' ? result.callbacks.map((callback): Part => ({ callback, child })) : [],
    );
    context.state.putShared(
      'pageNodeCallbacks',
      Object.fromEntries(parts.map(({ child }, position) => [String(position), child])),
    );
    return {
      is: 'ask',
      callbacks: parts.map(({ callback }) => callback),
      children: parts.map(({ child }) => child),
      page: textsOf(context),
    };
  },
});

interface Part {
  readonly callback: Callback;
  readonly child: number;
}

/** A node that decides without asking waits until those before it have got their answers. */
async function runInOrder(children: readonly PageChild[]): Promise<readonly NodeResult[]> {
  const results: NodeResult[] = [];
  for (const child of children) {
    const waits = child.asks === 'never' && results.some(stillAsks);
    const result = waits ? NOTHING_ASKED : await child.run(child.answers);
    if (result.is !== 'outcome' && result.is !== 'ask')
      throw new NodeFault('a node cannot do this in a page');
    results.push(result);
  }
  return results;
}

const NOTHING_ASKED = goTo('');

function stillAsks(result: NodeResult): boolean {
  return result.is === 'ask' && !result.callbacks.every(isSilent);
}

/** What was answered already is asked again beside what was not. */
async function showAgain(
  children: readonly PageChild[],
  results: readonly NodeResult[],
): Promise<readonly NodeResult[]> {
  const shown: NodeResult[] = [];
  for (const [index, child] of children.entries()) {
    const result = results[index] ?? NOTHING_ASKED;
    const isAnswered = child.answers !== undefined && result.is === 'outcome';
    shown.push(isAnswered ? await child.run(undefined) : result);
  }
  return shown;
}

function outcomeOf(results: readonly NodeResult[]): NodeResult {
  const last = results.at(-1);
  if (last?.is !== 'outcome') throw new NodeFault('the page asks nothing and has no outcome');
  // What the nodes add beside state was gathered as they ran.
  return goTo(last.outcome);
}

function textsOf({ config, localise }: NodeContext<z.output<typeof configuration>>): PageTexts {
  const header = localise(config.pageHeader, '');
  const description = localise(config.pageDescription, '');
  return {
    ...(config.stage === '' ? {} : { stage: config.stage }),
    ...(header === '' ? {} : { header }),
    ...(description === '' ? {} : { description }),
  };
}
