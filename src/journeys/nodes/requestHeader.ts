import { z } from 'zod';
import { parsePresentedId } from '../../node/presentedId.ts';
import { goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { setting, textMap } from './settings.ts';

/**
 * Copies request headers to shared state, each as a list of its values. A header that names a device is bound: later steps have to
 * bring the same.
 */
export const requestHeader = defineNodeType({
  type: 'RequestHeaderNode',
  displayName: 'Request Header',
  configuration: z.object({
    allowedHeaders: textMap,
    headersToBeDelimited: setting<readonly string[]>(z.array(z.string()), []),
  }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'never',
  inputs: () => [],
  run({ config, request, state }) {
    const delimited = new Set(config.headersToBeDelimited.map((name) => name.toLowerCase()));
    const boundHeaders: string[] = [];
    for (const [name, key] of Object.entries(config.allowedHeaders)) {
      const values = request.headers
        .filter((line) => line[0].toLowerCase() === name.toLowerCase())
        .map(([, value]) => String(value));
      const [only, ...others] = values;
      const list =
        only !== undefined && others.length === 0 && delimited.has(name.toLowerCase())
          ? only.split(',').map((part) => part.trim())
          : values;
      state.putShared(key, list);
      // Taking it apart trims more than HTTP does, and what is left may be an id.
      if ([...values, ...list].some((value) => parsePresentedId(value).is === 'id')) boundHeaders.push(name);
    }
    return goTo('outcome', { boundHeaders });
  },
});
