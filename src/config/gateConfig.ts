import type { GraphTenantOptions } from '../graph/graphTenant.ts';
import type { MailServer } from '../mail/mailServer.ts';
import type { PolicyException } from '../policy/policyException.ts';
import type { RevocationKeeperOptions } from '../revocation/revocationKeeper.ts';
import type { CertificateTrustOptions } from '../tls/certificateTrust.ts';
import type { ConfigProblem } from './configProblem.ts';
import type { CallerConfig, ConfigFile, NodeConfig, ProxyConfig } from './configSchema.ts';
import type { EventsSetup } from './resolveEvents.ts';
import type { IdentitySetup } from './resolveIdentity.ts';
import type { JourneysSetup } from './resolveJourneys.ts';
import type { PolicySetup } from './resolvePolicies.ts';
import type { PagesSetup } from './resolvePages.ts';
import type { RedisSetup } from './resolveRedis.ts';

/** What a tenant needs to be asked; the rest of its options are wired by `compose.ts`. */
export type TenantSetup = Pick<
  GraphTenantOptions,
  'tenantId' | 'clientId' | 'credential' | 'authority' | 'graph' | 'extraCaPems' | 'proxy' | 'pacing'
>;

/** How a tenant is followed. */
export interface FollowSetup {
  readonly everySeconds: number;
  readonly overlapSeconds: number;
  readonly allEverySeconds: number;
  /** Absolute path. */
  readonly positionFile: string | undefined;
}

type DeviceIdSourceConfig = NodeConfig['deviceId'][number];

export type DeviceIdSetup =
  | Exclude<DeviceIdSourceConfig, { trust: unknown }>
  | WithTrust<Extract<DeviceIdSourceConfig, { source: 'certificate' }>>
  | WithTrust<Extract<DeviceIdSourceConfig, { source: 'connection' }>>;

/** A source whose files of authorities and revocation lists were read. */
type WithTrust<Source> = Omit<Source, 'trust'> & {
  readonly trust: CertificateTrustOptions;
  /** What is fetched about revocation; the lists in files are part of the trust. */
  readonly revocation: RevocationSetup;
};

export type RevocationSetup = Pick<RevocationKeeperOptions, 'crl' | 'ocsp'>;

export interface NodeSetup extends Omit<NodeConfig, 'deviceId'> {
  readonly deviceId: readonly DeviceIdSetup[];
}

/** Certificate chain and private key of a listener, PEM. */
export interface TlsSetup {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Authorities of device certificates, PEM: what clients are told to choose from. */
  readonly clientAuthorities: readonly string[];
  /** Devices connect here by themselves. */
  readonly devices: boolean;
  /** The only names the listener answers to; undefined for any. */
  readonly serverNames: readonly string[] | undefined;
}

export interface TelemetrySetup {
  /** The whole URL that traces are posted to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly caPems: readonly string[];
  /** Share of decisions, 0 to 1. */
  readonly sampling: number;
  readonly serviceName: string;
  /** Callers and proxies whose `traceparent` is believed. */
  readonly from: readonly string[];
}

export type ListenerSetup = (
  | { readonly host: string; readonly port: number; readonly tls: TlsSetup | undefined }
  /** A Unix socket; `mode` are its permissions. */
  | { readonly socketPath: string; readonly mode: number }
) & {
  /** Serves `/metrics` and `/health`: not at all, beside everything else, or nothing but them. */
  readonly monitoring: boolean | 'only';
};

/**
 * The configuration as the gate uses it: every file read, every secret resolved, every reference checked. Deep-frozen by
 * `loadConfig`.
 */
export interface GateConfig {
  /** Where to listen, the main place first. */
  readonly listeners: readonly ListenerSetup[];
  readonly tenants: Readonly<Record<string, TenantSetup>>;
  /** How tenants are followed, by name; those that are not do not occur. */
  readonly follow: Readonly<Record<string, FollowSetup>>;
  readonly nodes: Readonly<Record<string, NodeSetup>>;
  readonly answers: Omit<ConfigFile['answers'], 'compliantSeconds'> & { readonly compliantSeconds: number };
  readonly operations: ConfigFile['operations'];
  /** What replicas share; undefined if there is but one. */
  readonly redis: RedisSetup | undefined;
  readonly callers: readonly CallerConfig[];
  readonly proxies: readonly ProxyConfig[];
  /** By name. */
  readonly policies: Readonly<Record<string, PolicySetup>>;
  readonly stepUp: ConfigFile['stepUp'];
  /** Approved, and not ended when the configuration was read. */
  readonly exceptions: readonly PolicyException[];
  /** What people see; undefined for nothing. */
  readonly pages: PagesSetup | undefined;
  /** Who people are; undefined if journeys know nobody. */
  readonly identity: IdentitySetup | undefined;
  readonly mailServers: readonly MailServer[];
  /** Undefined where none are configured. */
  readonly journeys: JourneysSetup | undefined;
  /** Where events go; undefined if nothing is taken down. */
  readonly events: EventsSetup | undefined;
  /** Where traces go; undefined if nowhere. */
  readonly telemetry: TelemetrySetup | undefined;
  readonly limits: ConfigFile['limits'];
  readonly log: ConfigFile['log'];
  /** Absolute paths of the configuration file and of every file that was read for it, with their state before they were read. */
  readonly files: ReadonlyMap<string, string>;
  /** Every secret value that was resolved, so that logs and errors can be scrubbed of them. */
  readonly secrets: readonly string[];
  /** What is allowed but can hardly be meant, such as a source that believes nobody. For people; nothing decides by it. */
  readonly warnings: readonly ConfigProblem[];
}
