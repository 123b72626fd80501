import { foldHeaderName } from '../headerName.ts';
import { createAddressRanges } from '../node/addressRanges.ts';
import type { Outcome } from '../outcomes/outcome.ts';
import type { Reason } from '../outcomes/reason.ts';
import { mayMap } from '../outcomes/reasonOutcomes.ts';
import { checkListeners, listenersOf } from './checkListeners.ts';
import { checkProxies } from './checkProxies.ts';
import type { ConfigProblem } from './configProblem.ts';
import type { CallerConfig, ConfigFile, NodeConfig } from './configSchema.ts';

/** What the configuration says about itself that no single value can tell. */
export function crossCheck(file: ConfigFile): readonly ConfigProblem[] {
  return [
    ...checkListeners(file),
    ...file.callers.flatMap((caller, index) => checkCaller(caller, index, file)),
    ...checkCredentials(file),
    ...checkProxies(file),
    ...checkTelemetry(file),
    ...Object.entries(file.policies).flatMap(([policy, { node }]) =>
      Object.hasOwn(file.nodes, node)
        ? []
        : [{ path: ['policies', policy, 'node'], message: 'there is no node of this name' }],
    ),
    ...Object.entries(file.nodes).flatMap(([name, node]) => checkNode(name, node, file)),
    ...checkJourneys(file),
    ...checkPages(file),
  ];
}

function checkPages({ pages, journeys, nodes, callers }: ConfigFile): readonly ConfigProblem[] {
  if (pages === undefined) return [];
  return [
    ...(journeys === undefined
      ? [{ path: ['pages'], message: 'needs journeys: nobody could sign in without' }]
      : []),
    ...(Object.hasOwn(nodes, pages.node)
      ? []
      : [{ path: ['pages', 'node'], message: 'there is no node of this name' }]),
    ...pages.callers.flatMap((caller, index) =>
      callers.some(({ name }) => name === caller)
        ? []
        : [{ path: ['pages', 'callers', index], message: 'there is no caller of this name' }],
    ),
  ];
}

function checkJourneys({ journeys, nodes, callers, proxies }: ConfigFile): readonly ConfigProblem[] {
  if (journeys === undefined) return [];
  const principals = new Set([...callers, ...proxies].map(({ name }) => name));
  return [
    ...Object.entries(journeys.nodeFor).flatMap(([id, node]) =>
      Object.hasOwn(nodes, node)
        ? []
        : [{ path: ['journeys', 'nodeFor', id], message: 'there is no node of this name' }],
    ),
    ...journeys.from.flatMap((principal, index) =>
      principals.has(principal)
        ? []
        : [{ path: ['journeys', 'from', index], message: 'there is no caller or proxy of this name' }],
    ),
    ...checkPeers(journeys.peers, ['journeys', 'peers']),
  ];
}

function checkPeers(peers: readonly string[] = [], at: ConfigProblem['path']): readonly ConfigProblem[] {
  return peers.flatMap((range, index) => {
    try {
      createAddressRanges([range]);
      return [];
    } catch (error) {
      return [{ path: [...at, index], message: `is ${(error as Error).message}` }];
    }
  });
}

function checkCaller(caller: CallerConfig, index: number, file: ConfigFile): readonly ConfigProblem[] {
  const at = ['callers', index];
  const problems: ConfigProblem[] = [];
  if (file.callers.findIndex(({ name }) => name === caller.name) !== index) {
    problems.push({ path: [...at, 'name'], message: 'another caller has this name' });
  }
  if (caller.apiKeySha256.length + caller.certificateSha256.length === 0) {
    problems.push({ path: at, message: 'needs an apiKeySha256 or a certificateSha256' });
  }
  if (caller.certificateSha256.length > 0 && listenersOf(file).every(([, { tls }]) => tls === undefined)) {
    problems.push({
      path: [...at, 'certificateSha256'],
      message: 'needs a listener with tls: without TLS there is no client certificate',
    });
  }
  if (caller.grants.length > 0) problems.push(...checkGrants(caller, index, file));
  caller.nodes.forEach((node, position) => {
    if (!Object.hasOwn(file.nodes, node)) {
      problems.push({ path: [...at, 'nodes', position], message: 'there is no node of this name' });
    }
  });
  return problems;
}

function checkTelemetry({ telemetry, callers, proxies }: ConfigFile): readonly ConfigProblem[] {
  const known = new Set([...callers, ...proxies].map(({ name }) => name));
  return telemetry.from.flatMap((name, index) =>
    known.has(name)
      ? []
      : [{ path: ['telemetry', 'from', index], message: 'there is no caller or proxy of this name' }],
  );
}

/** Who differs from another in letter case alone is the same principal where one approves what another asks for. */
function checkGrants(
  { name, tenants }: CallerConfig,
  index: number,
  file: ConfigFile,
): readonly ConfigProblem[] {
  const alike = file.callers.findIndex((other) => other.name.toLowerCase() === name.toLowerCase());
  const other = file.callers[alike];
  return [
    ...(alike !== index && other !== undefined && other.name !== name
      ? [{ path: ['callers', index, 'name'], message: 'differs from another name in letter case alone' }]
      : []),
    ...tenants.flatMap((tenant, position) =>
      Object.hasOwn(file.tenants, tenant) || tenant === 'default'
        ? []
        : [{ path: ['callers', index, 'tenants', position], message: 'there is no tenant of this name' }],
    ),
  ];
}

/** One credential names one principal. A proxy may be known by several things at once, so two proxies may share one of them. */
function checkCredentials({ callers, proxies }: ConfigFile): readonly ConfigProblem[] {
  const seen = new Set<string>();
  const problems: ConfigProblem[] = [];
  callers.forEach((caller, index) => {
    for (const kind of ['apiKeySha256', 'certificateSha256'] as const) {
      caller[kind].forEach((hash, position) => {
        const credential = `${kind} ${hash.toLowerCase()}`;
        if (seen.has(credential)) {
          problems.push({ path: ['callers', index, kind, position], message: 'is listed twice' });
        }
        seen.add(credential);
      });
    }
  });
  proxies.forEach((proxy, index) => {
    proxy.certificateSha256?.forEach((hash, position) => {
      if (seen.has(`certificateSha256 ${hash.toLowerCase()}`)) {
        const path = ['proxies', index, 'certificateSha256', position];
        problems.push({ path, message: 'is the certificate of a caller' });
      }
    });
  });
  return problems;
}

function checkNode(name: string, node: NodeConfig, file: ConfigFile): readonly ConfigProblem[] {
  const at = ['nodes', name];
  const problems: ConfigProblem[] = [];
  if (!Object.hasOwn(file.tenants, node.tenant) && node.tenant !== 'default') {
    problems.push({ path: [...at, 'tenant'], message: 'there is no tenant of this name' });
  }
  const places = node.deviceId.map(placeOf);
  node.deviceId.forEach((source, index) => {
    if (places.indexOf(placeOf(source)) !== index) {
      problems.push({
        path: [...at, 'deviceId', index],
        message: 'looks where another source of this node looks already',
      });
    }
    if (
      source.source === 'certificate' &&
      (source.profile === 'generic') !== (source.encoding !== undefined)
    ) {
      problems.push({
        path: [...at, 'deviceId', index, 'encoding'],
        message: 'belongs to the profile generic, which needs it, and to no other',
      });
    }
    if (source.source === 'connection') {
      if (listenersOf(file).every(([, { tls }]) => tls?.devices !== true)) {
        problems.push({
          path: [...at, 'deviceId', index],
          message: 'needs a listener with tls.devices: true, where devices connect by themselves',
        });
      }
      return;
    }
    source.from.forEach((caller, position) => {
      const path = [...at, 'deviceId', index, 'from', position];
      if (file.proxies.some((proxy) => proxy.name === caller)) return;
      const known = file.callers.filter((candidate) => candidate.name === caller);
      if (known.length === 0) problems.push({ path, message: 'there is no caller or proxy of this name' });
      else if (!known.some(({ nodes }) => nodes.includes(name))) {
        problems.push({ path, message: 'this caller may not ask this node, so it can supply nothing to it' });
      }
    });
    problems.push(...checkPeers(source.peers, [...at, 'deviceId', index, 'peers']));
  });
  for (const [reason, outcome] of Object.entries(node.outcomes)) {
    if (!mayMap(reason as Reason, outcome as Outcome)) {
      problems.push({
        path: [...at, 'outcomes', reason],
        message: `may not become ${outcome}: only one reason ever leads there`,
      });
    }
  }
  return problems;
}

/** Headers are one place under every spelling that a server may fold into the same name. */
function placeOf(source: NodeConfig['deviceId'][number]): string {
  switch (source.source) {
    case 'sharedState':
      return `entry ${source.key}`;
    case 'header':
      return `header ${foldHeaderName(source.name)}`;
    case 'connection':
      return 'connection';
    case 'certificate':
      return `header ${foldHeaderName(source.header)}`;
  }
}
