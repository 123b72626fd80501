import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ListenerConfig } from './configSchema.ts';
import type { TlsSetup } from './gateConfig.ts';
import { parsePemCertificates } from './parsePemCertificates.ts';
import type { Path, Resolution } from './resolution.ts';

/** Reads a listener's certificate and key and checks that they belong together. `at` is the place of `tls`. */
export function resolveTls(
  tls: ListenerConfig['tls'],
  at: Path,
  clientAuthorities: readonly string[],
  resolution: Resolution,
): TlsSetup | undefined {
  if (tls === undefined) return undefined;
  const certificatePem = resolution.readFile([...at, 'certificateFile'], tls.certificateFile)?.toString();
  const privateKeyPem = resolution.readFile([...at, 'privateKeyFile'], tls.privateKeyFile)?.toString();
  if (certificatePem === undefined || privateKeyPem === undefined) return undefined;
  try {
    if (!new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(privateKeyPem))) {
      resolution.problem(at, 'the private key does not belong to the certificate');
    }
    const chain = parsePemCertificates(certificatePem);
    if (!chain.ok) resolution.problem([...at, 'certificateFile'], `names a file ${chain.problem}`);
  } catch {
    resolution.problem(at, 'needs a PEM certificate and an unencrypted PEM private key');
  }
  const { devices, serverNames } = tls;
  return { certificatePem, privateKeyPem, clientAuthorities, devices, serverNames };
}
