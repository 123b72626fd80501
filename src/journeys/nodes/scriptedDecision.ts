import { z } from 'zod';
import { NodeFault } from '../nodeResult.ts';
import { defineNodeType, type NodeType } from '../nodeType.ts';
import { runNodeScript } from '../scripted/runNodeScript.ts';
import type { ScriptServices } from '../scripted/scriptServices.ts';
import { EVERY_KEY } from '../state/nodeState.ts';
import { setting } from './settings.ts';

const keys = setting<readonly string[]>(z.array(z.string().min(1)), [EVERY_KEY]);

/**
 * Lets a script decide, in a sandbox.
 *
 * @param services - what scripts reach; undefined where nothing is run, as in a check
 */
export function createScriptedDecision(services: ScriptServices | undefined): NodeType {
  return defineNodeType({
    type: 'ScriptedDecisionNode',
    displayName: 'Scripted Decision',
    configuration: z.object({
      script: z.string().min(1),
      outcomes: z.array(z.string().min(1)).min(1),
      inputs: keys,
      outputs: keys,
    }),
    outcomes: ({ outcomes }) => outcomes.map((id) => ({ id, displayName: id })),
    asks: () => 'sometimes',
    inputs: ({ inputs }) => inputs,
    check({ script: id }, { journeys }) {
      const script = journeys.script(id);
      if (script === undefined)
        return [{ code: 'missingScript', at: ['script'], message: 'the script is in none of the files' }];
      return script.language.toUpperCase() === 'JAVASCRIPT'
        ? []
        : [
            {
              code: 'badConfiguration',
              at: ['script'],
              message: `scripts in ${script.language} are not run here`,
            },
          ];
    },
    run(context) {
      const { config, journeys } = context;
      const script = journeys.script(config.script);
      if (script === undefined || services === undefined)
        throw new NodeFault('the script cannot be run here');
      const { outcomes, outputs } = config;
      return runNodeScript(
        { script, outcomes, outputs, properties: null, errorOutcome: undefined },
        context,
        services,
      );
    },
  });
}
