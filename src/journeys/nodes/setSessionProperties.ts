import { z } from 'zod';
import { goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { textMap } from './settings.ts';

const minutes = z.int().positive().max(525_600).nullish();

/** Adds properties to the session to come, and may bound its life. */
export const setSessionProperties = defineNodeType({
  type: 'SetSessionPropertiesNode',
  displayName: 'Set Session Properties',
  configuration: z.object({ properties: textMap, maxSessionTime: minutes, maxIdleTime: minutes }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'never',
  inputs: () => [],
  run: ({ config: { properties, maxSessionTime, maxIdleTime } }) =>
    goTo('outcome', {
      sessionProperties: properties,
      ...(typeof maxSessionTime === 'number' ? { maxSessionMinutes: maxSessionTime } : {}),
      ...(typeof maxIdleTime === 'number' ? { maxIdleMinutes: maxIdleTime } : {}),
    }),
});
