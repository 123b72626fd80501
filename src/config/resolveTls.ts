import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ConfigFile } from './configSchema.ts';
import type { GateConfig } from './gateConfig.ts';
import { parsePemCertificates } from './parsePemCertificates.ts';
import type { Resolution } from './resolution.ts';

/** Reads the listener's certificate and key and checks that they belong together. */
export function resolveTls(
  tls: ConfigFile['listen']['tls'],
  resolution: Resolution,
): GateConfig['listen']['tls'] {
  if (tls === undefined) return undefined;
  const certificatePem = resolution
    .readFile(['listen', 'tls', 'certificateFile'], tls.certificateFile)
    ?.toString();
  const privateKeyPem = resolution
    .readFile(['listen', 'tls', 'privateKeyFile'], tls.privateKeyFile)
    ?.toString();
  if (certificatePem === undefined || privateKeyPem === undefined) return undefined;
  try {
    if (!new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(privateKeyPem))) {
      resolution.problem(['listen', 'tls'], 'the private key does not belong to the certificate');
    }
    const chain = parsePemCertificates(certificatePem);
    if (!chain.ok) resolution.problem(['listen', 'tls', 'certificateFile'], `names a file ${chain.problem}`);
  } catch {
    resolution.problem(['listen', 'tls'], 'needs a PEM certificate and an unencrypted PEM private key');
  }
  return { certificatePem, privateKeyPem };
}
