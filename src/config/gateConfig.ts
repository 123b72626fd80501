import type { GraphTenantOptions } from '../graph/graphTenant.ts';
import type { CertificateTrustOptions } from '../tls/certificateTrust.ts';
import type { ConfigProblem } from './configProblem.ts';
import type { CallerConfig, ConfigFile, NodeConfig, ProxyConfig } from './configSchema.ts';

/** What a tenant needs to be asked; the rest of its options are wired by `compose.ts`. */
export type TenantSetup = Pick<
  GraphTenantOptions,
  'tenantId' | 'clientId' | 'credential' | 'authority' | 'graph' | 'extraCaPems' | 'proxy'
>;

export type DeviceIdSetup =
  | Exclude<NodeConfig['deviceId'][number], { source: 'certificate' }>
  | (Omit<Extract<NodeConfig['deviceId'][number], { source: 'certificate' }>, 'trust'> & {
      readonly trust: CertificateTrustOptions;
    });

export interface NodeSetup extends Omit<NodeConfig, 'deviceId'> {
  readonly deviceId: readonly DeviceIdSetup[];
}

/** Certificate chain and private key of a listener, PEM. */
export interface TlsSetup {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export type ListenerSetup =
  | { readonly host: string; readonly port: number; readonly tls: TlsSetup | undefined }
  /** A Unix socket; `mode` are its permissions. */
  | { readonly socketPath: string; readonly mode: number };

/**
 * The configuration as the gate uses it: every file read, every secret resolved, every reference checked. Deep-frozen by
 * `loadConfig`.
 */
export interface GateConfig {
  /** Where to listen, the main place first. */
  readonly listeners: readonly ListenerSetup[];
  readonly tenants: Readonly<Record<string, TenantSetup>>;
  readonly nodes: Readonly<Record<string, NodeSetup>>;
  readonly callers: readonly CallerConfig[];
  readonly proxies: readonly ProxyConfig[];
  /** Node of each policy, by the policy's name. */
  readonly policies: ConfigFile['policies'];
  readonly limits: ConfigFile['limits'];
  readonly log: ConfigFile['log'];
  /** Absolute paths of the configuration file and of every file that was read for it. */
  readonly files: readonly string[];
  /** Every secret value that was resolved, so that logs and errors can be scrubbed of them. */
  readonly secrets: readonly string[];
  /** What is allowed but can hardly be meant, such as a source that believes nobody. For people; nothing decides by it. */
  readonly warnings: readonly ConfigProblem[];
}
