import { createScriptedDecision } from '../nodes/scriptedDecision.ts';
import type { NodeType } from '../nodeType.ts';
import { createDesignerType } from './createDesignerType.ts';
import type { DesignerNode } from './designerNode.ts';
import type { ScriptServices } from './scriptServices.ts';

/**
 * The types of node that scripts decide for: AM's own, and those made with the Node Designer.
 *
 * @param services - what scripts reach; undefined to check journeys without running them
 */
export function scriptedTypes(
  services: ScriptServices | undefined,
  designerNodes: readonly DesignerNode[],
): readonly NodeType[] {
  return [
    createScriptedDecision(services),
    ...designerNodes.map((node) => createDesignerType(node, services)),
  ];
}
