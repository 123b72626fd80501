import { z } from 'zod';
import { callbacks } from '../callbacks/callback.ts';
import { ask, goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { setting } from './settings.ts';

/** Hands entries of shared state to the client, beside what the other nodes of a page ask. What is transient or secure stays here. */
export const metadata = defineNodeType({
  type: 'MetadataNode',
  displayName: 'Metadata Node',
  configuration: z.object({ attributes: setting<readonly string[]>(z.array(z.string()), []) }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'always',
  inputs: ({ attributes }) => attributes,
  run({ config, answers, state }) {
    if (answers !== undefined) return goTo('outcome');
    const data = config.attributes.map((key) => [key, state.getShared(key) ?? null] as const);
    return ask([callbacks.metadata(Object.fromEntries(data))]);
  },
});
