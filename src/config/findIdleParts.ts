import type { ConfigProblem } from './configProblem.ts';
import type { ConfigFile } from './configSchema.ts';

/** Pure: parts of a configuration that are allowed but can never do anything, as while it is being written. */
export function findIdleParts({ nodes, callers }: ConfigFile): readonly ConfigProblem[] {
  return [
    ...Object.entries(nodes).flatMap(([name, { deviceId }]) => [
      ...deviceId.flatMap(({ from }, index) =>
        from.length > 0
          ? []
          : [
              {
                path: ['nodes', name, 'deviceId', index, 'from'],
                message: 'names nobody: whatever this source finds is refused',
              },
            ],
      ),
      ...(callers.some((caller) => caller.nodes.includes(name))
        ? []
        : [{ path: ['nodes', name], message: 'no caller may ask this node' }]),
    ]),
    ...callers.flatMap((caller, index) =>
      caller.nodes.length > 0
        ? []
        : [{ path: ['callers', index, 'nodes'], message: 'names no node: this caller may ask nothing' }],
    ),
  ];
}
