import { z } from 'zod';
import type { Json, JsonObject } from '../json.ts';
import { localisedTexts } from '../localisedTexts.ts';
import { goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { textMap } from './settings.ts';

/** Replaces the message of a failed login and adds details to it. */
export const setFailureDetails = defineNodeType({
  type: 'SetFailureDetailsNode',
  displayName: 'Set Failure Details',
  configuration: z.object({ failureMessage: localisedTexts, failureDetails: textMap }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'never',
  inputs: () => [],
  run({ config, localise }) {
    const message = localise(config.failureMessage, '');
    const details = detailsOf(config.failureDetails);
    return goTo('outcome', { failure: message === '' ? { details } : { message, details } });
  },
});

/** The keys of the answer itself, which no detail may replace. */
const PREDEFINED_KEYS: ReadonlySet<string> = new Set(['tokenId', 'realm', 'successUrl', 'authId']);

/** Adds details to the answer of a successful login, some of them from properties of the session. */
export const setSuccessDetails = defineNodeType({
  type: 'SetSuccessDetailsNode',
  displayName: 'Set Success Details',
  configuration: z.object({ successDetails: textMap, sessionProperties: textMap }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'never',
  inputs: () => [],
  check: (config) =>
    (['successDetails', 'sessionProperties'] as const).flatMap((setting) =>
      Object.keys(config[setting])
        .filter((key) => PREDEFINED_KEYS.has(key))
        .map((key) => ({
          code: 'badConfiguration' as const,
          at: [setting, key],
          message: 'is a key of the answer itself',
        })),
    ),
  run: ({ config }) =>
    goTo('outcome', {
      success: {
        details: detailsOf(config.successDetails),
        sessionProperties: config.sessionProperties,
      },
    }),
});

/** A text that is JSON stands for what it says. */
function detailsOf(texts: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, parseOrText(text)]));
}

export function parseOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
