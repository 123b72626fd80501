/** How one Redis is reached, and what protects what is put there. */
export interface RedisSettings {
  readonly place: { readonly host: string; readonly port: number } | { readonly socketPath: string };
  /** Undefined: no TLS. */
  readonly tls: RedisTls | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** What every key begins with: one for each deployment. */
  readonly prefix: string;
  /** Seals and opens; at least 32 characters. */
  readonly key: string;
  /** Keys used before `key`: they still open what was sealed under them. */
  readonly previousKeys: readonly string[];
  /** Bound of one command, milliseconds. */
  readonly commandMs: number;
  /** Bound of one attempt to connect, milliseconds. */
  readonly connectMs: number;
  /** How many replicas there are: each paces itself by its share of the calls while Redis cannot be asked. */
  readonly replicas: number;
}

/** All PEM. */
export interface RedisTls {
  /** Trusted instead of the CAs Node.js trusts. */
  readonly caPems?: readonly string[];
  readonly certificatePem?: string;
  readonly privateKeyPem?: string;
  /** The name the certificate must be for, if it is not that of the host. */
  readonly serverName?: string;
}
