import type { NodeConfig } from './configSchema.ts';
import type { NodeSetup } from './gateConfig.ts';
import { resolveTrust } from './resolveTrust.ts';
import type { Resolution } from './resolution.ts';

/** Reads the CA files of a node's certificate sources. */
export function resolveNode(node: NodeConfig, name: string, resolution: Resolution): NodeSetup {
  return {
    ...node,
    deviceId: node.deviceId.map((source, index) =>
      'trust' in source
        ? {
            ...source,
            ...resolveTrust(source.trust, ['nodes', name, 'deviceId', index, 'trust'], resolution),
          }
        : source,
    ),
  };
}
