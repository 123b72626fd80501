import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { GateError } from '../errors.ts';

/** In the form MSAL takes. */
export interface ClientCertificate {
  readonly thumbprintSha256: string;
  readonly privateKey: string;
  /** The certificate and its chain, PEM. */
  readonly x5c: string;
}

/**
 * Pure: checks that certificate and key can be read and belong together, so that a mix-up shows at start and not as a rejection by
 * Entra. Throws `GateError` `configInvalid`; no text of the key gets into it.
 */
export function parseCertificateCredential(
  certificatePem: string,
  privateKeyPem: string,
  passphrase?: string,
): ClientCertificate {
  const certificate = readCertificate(certificatePem);
  const key = readKey(privateKeyPem, passphrase);
  if (key.asymmetricKeyType !== 'rsa') {
    throw new GateError('configInvalid', 'The private key of the tenant credential must be an RSA key.');
  }
  if (!certificate.checkPrivateKey(key)) {
    throw new GateError(
      'configInvalid',
      'Certificate and private key of the tenant credential do not match.',
    );
  }
  return {
    thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    x5c: certificatePem,
  };
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new GateError('configInvalid', 'The certificate of the tenant credential is no PEM certificate.');
  }
}

function readKey(pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    const hint = pem.includes('ENCRYPTED') ? ' with the given passphrase' : '';
    throw new GateError('configInvalid', `The private key of the tenant credential cannot be read${hint}.`);
  }
}
