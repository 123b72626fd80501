import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { RedisConfig } from './redisSchema.ts';
import { MISSING, type Resolution } from './resolution.ts';
import { resolveCaPems } from './resolveCaPems.ts';
import type { SecretReference } from './schemaParts.ts';

/** The configured Redis, every file read and every secret resolved. */
export interface RedisSetup {
  readonly place: { readonly host: string; readonly port: number } | { readonly socketPath: string };
  /** All PEM; undefined: no TLS. */
  readonly tls:
    | {
        readonly caPems?: readonly string[];
        readonly certificatePem?: string;
        readonly privateKeyPem?: string;
        readonly serverName?: string;
      }
    | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly prefix: string;
  readonly key: string;
  readonly previousKeys: readonly string[];
  readonly commandMs: number;
  readonly connectMs: number;
  readonly replicas: number;
}

const DEFAULT_PORT = 6_379;
const SHORTEST_KEY_BYTES = 32;

export function resolveRedis(
  config: RedisConfig | undefined,
  resolution: Resolution,
): RedisSetup | undefined {
  if (config === undefined) return undefined;
  const { username, password, database, prefix, commandMs, connectMs, replicas } = config;
  const url = new URL(config.url);
  return {
    place:
      url.protocol === 'unix:'
        ? { socketPath: decodeURIComponent(url.pathname) }
        : {
            host: url.hostname.replaceAll(/[[\]]/g, ''),
            port: url.port === '' ? DEFAULT_PORT : Number(url.port),
          },
    tls: url.protocol === 'rediss:' ? resolveTls(config, url.hostname, resolution) : undefined,
    username,
    password:
      password === undefined
        ? undefined
        : (resolution.readSecret(['redis', 'password'], password) ?? MISSING),
    database,
    prefix,
    key: resolveKey(config.key, ['redis', 'key'], resolution),
    previousKeys: config.previousKeys.map((reference, index) =>
      resolveKey(reference, ['redis', 'previousKeys', index], resolution),
    ),
    commandMs,
    connectMs,
    replicas,
  };
}

function resolveTls(config: RedisConfig, host: string, resolution: Resolution): RedisSetup['tls'] {
  const { caFile, certificateFile, privateKeyFile } = config;
  const caPems = resolveCaPems(caFile, ['redis', 'caFile'], resolution);
  // An address is no server name that TLS could carry.
  const serverName = config.serverName ?? (isIP(host) === 0 && !host.startsWith('[') ? host : undefined);
  const own =
    certificateFile === undefined || privateKeyFile === undefined
      ? undefined
      : resolveCertificate(certificateFile, privateKeyFile, resolution);
  return {
    ...(caPems === undefined ? {} : { caPems }),
    ...own,
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function resolveCertificate(
  certificateFile: string,
  privateKeyFile: string,
  { readFile, keepSecret, problem }: Resolution,
): { readonly certificatePem: string; readonly privateKeyPem: string } | undefined {
  const certificatePem = readFile(['redis', 'certificateFile'], certificateFile)?.toString();
  const privateKeyPem = readFile(['redis', 'privateKeyFile'], privateKeyFile)?.toString();
  if (certificatePem === undefined || privateKeyPem === undefined) return undefined;
  keepSecret(privateKeyPem);
  try {
    if (new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(privateKeyPem)))
      return { certificatePem, privateKeyPem };
    problem(['redis', 'privateKeyFile'], 'does not belong to the certificate');
  } catch {
    problem(
      ['redis', 'certificateFile'],
      'needs a PEM certificate and its PEM private key, without a passphrase',
    );
  }
  return undefined;
}

function resolveKey(
  reference: SecretReference,
  at: readonly (string | number)[],
  resolution: Resolution,
): string {
  const key = resolution.readSecret(at, reference);
  if (key !== undefined && Buffer.byteLength(key) < SHORTEST_KEY_BYTES) {
    resolution.problem(at, `is too short; it needs at least ${SHORTEST_KEY_BYTES} characters`);
  }
  return key ?? MISSING;
}
