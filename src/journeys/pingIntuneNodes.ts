import type { Admission } from '../node/admission.ts';
import type { DeviceDirectory } from '../node/deviceDirectory.ts';
import { createIntuneNode, type IntuneNode } from '../node/intuneNode.ts';
import { createHeaderSource } from '../node/sources/headerSource.ts';
import { createSharedStateSource } from '../node/sources/sharedStateSource.ts';
import type { Scrub } from '../sharedState/scrub.ts';
import type { FoundIntuneNode, IntuneNodes, PingIntuneSettings } from './intuneNodes.ts';

export interface PingIntuneNodesOptions {
  /** Configured tenants by name. */
  readonly tenants: Readonly<Record<string, { readonly tenantId: string; readonly clientId: string }>>;
  readonly directoryOf: (tenant: string) => DeviceDirectory | undefined;
  /** Configured nodes by name. */
  readonly nodes: ReadonlyMap<string, IntuneNode>;
  /** Names of configured nodes that answer instead, by the id of the imported one; `*` for all others. */
  readonly nodeFor: Readonly<Record<string, string>>;
  /** Who may set the header, or the state, that an imported node reads. */
  readonly from: readonly string[];
  readonly peers?: readonly string[] | undefined;
  readonly admission: Admission;
  /** Shows what a node decides to those who watch. */
  readonly watch?: ((node: IntuneNode, tenant: string) => IntuneNode) | undefined;
  readonly scrub: Scrub;
  readonly now: () => number;
}

/** Ping's node has no deadline; ours has that of our own nodes, milliseconds. */
export const PING_NODE_DEADLINE_MS = 8_000;

/**
 * Makes a decision node for each imported IntuneNode, which answers as Ping's does where that is safe: an unknown device is an Error, and
 * the Error entries also stand under Ping's keys. The tenant and the client id of its settings have to be those of a configured tenant.
 */
export function createPingIntuneNodes(options: PingIntuneNodesOptions): IntuneNodes {
  const made = new Map<string, IntuneNode>();
  const { watch = (node) => node } = options;

  function make(nodeId: string, tenant: string, settings: PingIntuneSettings): FoundIntuneNode {
    const directory = options.directoryOf(tenant);
    if (directory === undefined) return unknownTenant('azureTenantId');
    const hop = { from: options.from, peers: options.peers, idKind: 'intune' } as const;
    const node = watch(
      createIntuneNode({
        name: nodeId,
        sources: [
          settings.inTuneSS
            ? createSharedStateSource({ ...hop, key: settings.inTuneHeader })
            : createHeaderSource({ ...hop, name: settings.inTuneHeader }),
        ],
        directory,
        admission: options.admission,
        deadlineMs: PING_NODE_DEADLINE_MS,
        maxAnswerAgeMs: undefined,
        saveDeviceProperties: settings.passDeviceInfoSession ? 'all' : 'off',
        saveInstalledApps: settings.extractApps ? 'ping' : 'off',
        largestCheckInAgeMs: undefined,
        loginUser: undefined,
        requireEnabledEntraDevice: false,
        outcomes: { deviceNotFound: 'Error' },
        pingErrorKeys: true,
        scrub: options.scrub,
        now: options.now,
      }),
      tenant,
    );
    made.set(keyOf(nodeId, settings), node);
    return { ok: true, node };
  }

  return {
    find(nodeId, settings) {
      const { nodeFor, nodes, tenants } = options;
      const name = ownEntry(nodeFor, nodeId) ?? ownEntry(nodeFor, '*');
      const configured = name === undefined ? undefined : nodes.get(name);
      if (configured !== undefined) return { ok: true, node: configured };
      const known = made.get(keyOf(nodeId, settings));
      if (known !== undefined) return { ok: true, node: known };
      const sameTenant = Object.entries(tenants).filter(([, { tenantId }]) =>
        isSame(tenantId, settings.azureTenantId),
      );
      const [tenant] =
        sameTenant.find(([, { clientId }]) => isSame(clientId, settings.appRegistrationClientId)) ?? [];
      if (tenant !== undefined) return make(nodeId, tenant, settings);
      return unknownTenant(sameTenant.length === 0 ? 'azureTenantId' : 'appRegistrationClientId');
    },
  };
}

function unknownTenant(setting: 'azureTenantId' | 'appRegistrationClientId'): FoundIntuneNode {
  return { ok: false, setting, problem: 'names no tenant of this gate; configure one under `tenants`' };
}

function keyOf(nodeId: string, settings: PingIntuneSettings): string {
  return JSON.stringify([nodeId, settings]);
}

/** Entra does not tell the cases apart. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function ownEntry(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
