import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CLOUDS } from '../graph/clouds.ts';
import type { Credential } from '../graph/graphTenant.ts';
import { parsePfx } from '../graph/pfx.ts';
import type { TenantConfig } from './configSchema.ts';
import type { TenantSetup } from './gateConfig.ts';
import type { Path, Resolution } from './resolution.ts';

/** Stands where a value is missing; the problem has been recorded and the configuration will be refused. */
const MISSING = '';

const NOT_RSA = 'holds a key that is not RSA; Entra takes no other';

/**
 * Completes a tenant: what the file leaves out comes from the environment variables other connectors use. What the file says is
 * never overridden by them.
 */
export function resolveTenant(tenant: TenantConfig, name: string, resolution: Resolution): TenantSetup {
  const at = ['tenants', name];
  const { environment, problem } = resolution;
  const cloud = CLOUDS[tenant.cloud];
  const ca =
    tenant.caFile === undefined
      ? undefined
      : resolution.readFile([...at, 'caFile'], tenant.caFile)?.toString();
  // OpenSSL passes over what it cannot read, and every connection would then fail for a reason nobody sees.
  if (ca !== undefined && !holdsCertificates(ca)) {
    problem([...at, 'caFile'], 'names a file without a PEM certificate, or with one that cannot be read');
  }
  return {
    tenantId:
      tenant.tenantId ?? fromEnvironment('ENTRA_TENANT_ID', 'tenantId', /^[A-Za-z0-9][A-Za-z0-9.-]{0,253}$/),
    clientId:
      tenant.clientId ??
      fromEnvironment('ENTRA_CLIENT_ID', 'clientId', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
    credential: resolveCredential(tenant.credential, [...at, 'credential'], resolution),
    authority: originOf(tenant.authority ?? cloud.authority),
    graph: originOf(tenant.graph ?? cloud.graph),
    ...(ca === undefined ? {} : { extraCaPems: [ca] }),
    ...resolveProxy(tenant, [...at, 'proxy'], resolution),
  };

  function fromEnvironment(variable: string, key: string, shape: RegExp): string {
    const value = environment[variable];
    if (value !== undefined && shape.test(value)) return value;
    problem(
      [...at, key],
      `is missing, and the environment variable ${variable} is ${value === undefined ? 'not set' : 'not one'}`,
    );
    return MISSING;
  }
}

function originOf(url: string): string {
  return new URL(url).origin;
}

function holdsCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
}

function resolveProxy(
  tenant: TenantConfig,
  at: Path,
  { environment, problem, keepSecret }: Resolution,
): Pick<TenantSetup, 'proxy'> {
  if (tenant.proxy === 'none') return {};
  if (tenant.proxy !== 'environment') {
    keepPassword(tenant.proxy);
    return { proxy: { httpProxy: tenant.proxy, httpsProxy: tenant.proxy } };
  }
  const pick = (name: string): string | undefined => environment[name.toLowerCase()] ?? environment[name];
  const pickUrl = (name: string): string | undefined => {
    const value = pick(name);
    if (value !== undefined && value !== '' && !/^https?:$/.test(protocolOf(value))) {
      problem(at, `comes from the environment variable ${name}, which is no http or https URL`);
    }
    keepPassword(value ?? '');
    return value;
  };
  const httpProxy = pickUrl('HTTP_PROXY');
  const httpsProxy = pickUrl('HTTPS_PROXY');
  const noProxy = pick('NO_PROXY');
  return {
    proxy: {
      ...(httpProxy === undefined ? {} : { httpProxy }),
      ...(httpsProxy === undefined ? {} : { httpsProxy }),
      ...(noProxy === undefined ? {} : { noProxy }),
    },
  };

  function keepPassword(url: string): void {
    const { password = '' } = URL.canParse(url) ? new URL(url) : {};
    if (password !== '') keepSecret(decodeURIComponent(password));
  }
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

function resolveCredential(config: TenantConfig['credential'], at: Path, resolution: Resolution): Credential {
  const { readSecret, problem, environment } = resolution;
  switch (config?.kind) {
    case undefined:
      if ((environment['ENTRA_CLIENT_SECRET'] ?? '') === '') {
        problem(at, 'is missing, and the environment variable ENTRA_CLIENT_SECRET is not set');
        return { kind: 'clientSecret', clientSecret: MISSING };
      }
      return {
        kind: 'clientSecret',
        clientSecret: readSecret(at, { env: 'ENTRA_CLIENT_SECRET' }) ?? MISSING,
      };
    case 'clientSecret':
      return {
        kind: 'clientSecret',
        clientSecret: readSecret([...at, 'clientSecret'], config.clientSecret) ?? MISSING,
      };
    case 'certificate':
      return resolveCertificate(config, at, resolution);
    case 'userPassword': {
      const clientSecret =
        config.clientSecret === undefined
          ? undefined
          : readSecret([...at, 'clientSecret'], config.clientSecret);
      return {
        kind: 'userPassword',
        username: readSecret([...at, 'username'], config.username) ?? MISSING,
        password: readSecret([...at, 'password'], config.password) ?? MISSING,
        ...(clientSecret === undefined ? {} : { clientSecret }),
      };
    }
    case 'managedIdentity':
      return {
        kind: 'managedIdentity',
        ...(config.clientId === undefined ? {} : { clientId: config.clientId }),
      };
    case 'federatedAssertion': {
      const file = config.assertionFile ?? environment['AZURE_FEDERATED_TOKEN_FILE'];
      if (file === undefined) {
        problem(
          [...at, 'assertionFile'],
          'is missing, and the environment variable AZURE_FEDERATED_TOKEN_FILE is not set',
        );
      }
      const location = resolution.locate(file ?? MISSING);
      return {
        kind: 'federatedAssertion',
        readAssertion: async () => (await readFile(location, 'utf8')).trim(),
      };
    }
  }
}

type CertificateCredential = Extract<NonNullable<TenantConfig['credential']>, { kind: 'certificate' }>;

function resolveCertificate(config: CertificateCredential, at: Path, resolution: Resolution): Credential {
  const { readFile: read, readSecret, problem } = resolution;
  const certificateAt = [...at, 'certificateFile'];
  const certificate = read(certificateAt, config.certificateFile);
  const passphrase =
    config.passphrase === undefined ? undefined : readSecret([...at, 'passphrase'], config.passphrase);
  const nothing: Credential = { kind: 'certificate', certificatePem: MISSING, privateKeyPem: MISSING };
  if (certificate === undefined) return nothing;

  if (!certificate.includes('-----BEGIN')) {
    if (config.privateKeyFile !== undefined) {
      problem([...at, 'privateKeyFile'], 'is not used with a PFX, which holds its key');
    }
    try {
      const contents = parsePfx(certificate, passphrase ?? '');
      if (!isRsa(createPrivateKey(contents.privateKeyPem))) problem(certificateAt, NOT_RSA);
      return { kind: 'certificate', ...contents };
    } catch (error) {
      problem(
        certificateAt,
        `names a file that is neither PEM nor a readable PFX: ${(error as Error).message}`,
      );
      return nothing;
    }
  }
  if (config.privateKeyFile === undefined) {
    problem([...at, 'privateKeyFile'], 'is missing; a PEM certificate needs its key');
    return nothing;
  }
  const key = read([...at, 'privateKeyFile'], config.privateKeyFile);
  if (key === undefined) return nothing;
  try {
    const privateKey = createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) });
    if (!new X509Certificate(certificate).checkPrivateKey(privateKey)) {
      problem([...at, 'privateKeyFile'], 'does not belong to the certificate');
    }
    if (!isRsa(privateKey)) problem([...at, 'privateKeyFile'], NOT_RSA);
    return {
      kind: 'certificate',
      certificatePem: certificate.toString(),
      privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  } catch {
    problem(
      at,
      'needs a PEM certificate and its PEM private key, with the right passphrase if it is encrypted',
    );
    return nothing;
  }
}

function isRsa(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa';
}
