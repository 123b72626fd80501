import { z } from 'zod';
import type { Json } from '../json.ts';
import { NodeFault } from '../nodeResult.ts';
import { defineNodeType, type NodeType } from '../nodeType.ts';
import { EVERY_KEY } from '../state/nodeState.ts';
import type { DesignerNode, DesignerProperty } from './designerNode.ts';
import { runNodeScript } from './runNodeScript.ts';
import type { ScriptServices } from './scriptServices.ts';

/** Id and label of the outcome AM takes when the script of such a node fails. */
const SCRIPT_ERROR = 'Script Error';

/** Makes a type of node from what the Node Designer exports. */
export function createDesignerType(node: DesignerNode, services: ScriptServices | undefined): NodeType {
  const { type, displayName, errorOutcome, inputs, script } = node;
  const outputs = node.outputs.length === 0 ? [EVERY_KEY] : node.outputs;
  const outcomes = [...node.outcomes, ...(errorOutcome ? [SCRIPT_ERROR] : [])];
  return defineNodeType({
    type,
    displayName,
    configuration: configurationOf(node),
    outcomes: () => outcomes.map((id) => ({ id, displayName: id })),
    asks: () => 'sometimes',
    ...(inputs.length === 0 ? {} : { inputs: () => inputs }),
    run(context) {
      if (services === undefined) throw new NodeFault('the script cannot be run here');
      return runNodeScript(
        {
          script: { name: displayName, text: script, evaluatorVersion: '2.0' },
          outcomes: node.outcomes,
          outputs,
          properties: context.config,
          errorOutcome: errorOutcome ? SCRIPT_ERROR : undefined,
        },
        context,
        services,
      );
    },
  });
}

type Settings = Readonly<Record<string, Json>>;

function configurationOf({ properties }: DesignerNode): z.ZodType<Settings> {
  return z
    .object(Object.fromEntries([...properties].map(([name, property]) => [name, settingOf(property)])))
    .transform((settings) => settings as Settings);
}

function settingOf({ type, required, multivalued, defaultValue }: DesignerProperty): z.ZodType {
  const one = VALUES[type];
  const value = multivalued ? z.array(one) : one;
  if (required && defaultValue === undefined) return value;
  return value.nullish().transform((set) => set ?? defaultValue ?? (multivalued ? [] : null));
}

const VALUES = {
  STRING: z.string(),
  NUMBER: z.number(),
  BOOLEAN: z.boolean(),
  OBJECT: z.record(z.string(), z.json()),
} as const satisfies Record<DesignerProperty['type'], z.ZodType>;
