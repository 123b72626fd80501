import type { CertificateVerdict } from '../node/certificateJudge.ts';
import type { TrustedHop } from '../node/trustedHop.ts';
import type { Certificate } from '../tls/certificate.ts';
import type { ForwardedFormat } from '../tls/forwardedFormat.ts';

/** Port: what the gate believes of client certificates that nodes of journeys handle. Without trust that is configured, nothing. */
export interface ClientCertificates {
  /** Is anybody's certificate believed? */
  readonly isConfigured: boolean;
  /** Who is asked about revocation. */
  readonly asks: { readonly crl: boolean; readonly ocsp: boolean };
  /** How proxies write a certificate into a header. */
  readonly format: ForwardedFormat;
  /** May the hop that delivered a request forward certificates? */
  readonly mayForward: TrustedHop;
  /** Whether a certificate is good now. Never rejects. */
  judge(certificate: Certificate, signal: AbortSignal): Promise<CertificateVerdict>;
}
