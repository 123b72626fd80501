import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Credential } from '../graph/graphTenant.ts';
import { parsePfx } from '../graph/pfx.ts';
import type { TenantConfig } from './configSchema.ts';
import { MISSING, type Path, type Resolution } from './resolution.ts';

const NOT_RSA = 'holds a key that is not RSA; Entra takes no other';

/** Reads what a credential consists of. Without any, it is a client secret from ENTRA_CLIENT_SECRET. */
export function resolveCredential(
  config: TenantConfig['credential'],
  at: Path,
  resolution: Resolution,
): Credential {
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
      // Read anew for each token, and now, so that a wrong path is told before the first decision.
      else {
        const named =
          config.assertionFile === undefined
            ? 'comes from the environment variable AZURE_FEDERATED_TOKEN_FILE, which names'
            : undefined;
        resolution.readFile([...at, 'assertionFile'], file, named);
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
