import { findWeakProxies } from './checkProxies.ts';
import type { ConfigProblem } from './configProblem.ts';
import { listenersOf } from './checkListeners.ts';
import type { ConfigFile } from './configSchema.ts';
import { isLoopbackHost } from './loopbackHost.ts';

/** Pure: parts of a configuration that are allowed but can never do anything, as while it is being written. */
export function findIdleParts(file: ConfigFile): readonly ConfigProblem[] {
  const { nodes, callers, proxies, journeys } = file;
  const policyNodes = new Set(['default', ...Object.values(file.policies).map(({ node }) => node)]);
  const journeyNodes = new Set(Object.values(journeys?.nodeFor ?? {}));
  return [
    ...findWeakProxies(file),
    ...findOpenMonitoring(file),
    ...findOddPolicies(file),
    ...Object.entries(file.tenants).flatMap(([name, { follow }]) =>
      follow === undefined || Object.values(nodes).some(({ tenant }) => tenant === name)
        ? []
        : [{ path: ['tenants', name, 'follow'], message: 'no node asks this tenant: nothing is followed' }],
    ),
    ...Object.entries(nodes).flatMap(([name, { deviceId }]) => [
      ...deviceId.flatMap((source, index) =>
        source.source === 'connection' || source.from.length > 0
          ? []
          : [
              {
                path: ['nodes', name, 'deviceId', index, 'from'],
                message: 'names nobody: whatever this source finds is refused',
              },
            ],
      ),
      ...(callers.some((caller) => caller.nodes.includes(name)) ||
      (proxies.length > 0 && policyNodes.has(name)) ||
      journeyNodes.has(name) ||
      file.pages?.node === name
        ? []
        : [{ path: ['nodes', name], message: 'no caller may ask this node' }]),
    ]),
    ...callers.flatMap(({ history }, index) =>
      history === 'none' || (file.events !== undefined && file.events.history !== 'off')
        ? []
        : [{ path: ['callers', index, 'history'], message: 'is of no use: no history is kept' }],
    ),
    ...(journeys?.from ?? []).flatMap((principal, index) =>
      proxies.some((proxy) => proxy.name === principal)
        ? []
        : [
            {
              path: ['journeys', 'from', index],
              message: 'is no proxy: requests of journeys come from clients themselves or through proxies',
            },
          ],
    ),
    ...callers.flatMap((caller, index) =>
      caller.nodes.length + caller.grants.length > 0 || caller.history !== 'none'
        ? []
        : [{ path: ['callers', index, 'nodes'], message: 'names no node: this caller may ask nothing' }],
    ),
    ...callers.flatMap((caller, index) =>
      !caller.grants.includes('MUTATE') ||
      callers.some((other) => other !== caller && other.grants.includes('APPROVE'))
        ? []
        : [
            {
              path: ['callers', index, 'grants'],
              message: 'has MUTATE, but no other caller has APPROVE: nothing is ever approved',
            },
          ],
    ),
  ];
}

/** Pure: what a policy says that can hardly be meant. */
function findOddPolicies({ policies, journeys, stepUp }: ConfigFile): readonly ConfigProblem[] {
  return Object.entries(policies).flatMap(([name, { outcomes, reasons }]) => {
    const at = ['policies', name];
    const actions = new Set([...Object.values(outcomes), ...Object.values(reasons)]);
    const warnings: ConfigProblem[] = [];
    if (actions.has('stepUp') && journeys === undefined) {
      warnings.push({ path: at, message: 'says stepUp, but without `journeys` nobody can log in' });
    } else if (actions.has('stepUp') && stepUp.allowedHosts.length === 0 && stepUp.loginUrl.startsWith('/')) {
      warnings.push({
        path: at,
        message: 'says stepUp, but without stepUp.allowedHosts nobody is taken to the login page',
      });
    }
    if (outcomes.Error === 'allow' || outcomes.Error === 'warn') {
      warnings.push({
        path: [...at, 'outcomes', 'Error'],
        message:
          'lets every device pass as long as Microsoft cannot be asked, or the gate has too much to do',
      });
    }
    return warnings;
  });
}

/** Callers and proxies come from everywhere; metrics are for few. */
function findOpenMonitoring(file: ConfigFile): readonly ConfigProblem[] {
  return listenersOf(file).flatMap(([path, { host, socket, monitoring }]) =>
    monitoring === true && socket === undefined && !isLoopbackHost(host)
      ? [
          {
            path: [...path, 'monitoring'],
            message:
              'shows /metrics and /health to everybody who reaches this listener; a listener of its own (monitoring: only) can be kept apart',
          },
        ]
      : [],
  );
}
