import { foldHeaderName } from '../headerName.ts';
import { apache } from './forwarded/apache.ts';
import { awsAlb } from './forwarded/awsAlb.ts';
import { awsAlbPassthrough } from './forwarded/awsAlbPassthrough.ts';
import { awsCloudfront } from './forwarded/awsCloudfront.ts';
import { azureAppGateway, azureAppGatewayBase64 } from './forwarded/azureAppGateway.ts';
import { azureAppService } from './forwarded/azureAppService.ts';
import { caddy } from './forwarded/caddy.ts';
import { cloudflare } from './forwarded/cloudflare.ts';
import { envoy } from './forwarded/envoy.ts';
import { gcp } from './forwarded/gcp.ts';
import { haproxy } from './forwarded/haproxy.ts';
import { ingressNginx } from './forwarded/ingressNginx.ts';
import { nginx } from './forwarded/nginx.ts';
import { pingGateway } from './forwarded/pingGateway.ts';
import { rfc9440 } from './forwarded/rfc9440.ts';
import { traefik } from './forwarded/traefik.ts';
import { traefik29 } from './forwarded/traefik29.ts';
import type { ForwardedFormat } from './forwardedFormat.ts';

/** Every format but the generic one, in the order of the documentation. */
export const FORWARDED_FORMATS: readonly ForwardedFormat[] = [
  nginx,
  ingressNginx,
  haproxy,
  apache,
  envoy,
  traefik,
  traefik29,
  caddy,
  awsAlb,
  awsAlbPassthrough,
  awsCloudfront,
  azureAppService,
  azureAppGateway,
  azureAppGatewayBase64,
  gcp,
  cloudflare,
  rfc9440,
  pingGateway,
];

export function findForwardedFormat(name: string): ForwardedFormat | undefined {
  return FORWARDED_FORMATS.find((format) => format.name === name);
}

/** Names under which certificates are forwarded out there, beside the defaults of the formats. */
const OTHER_CERTIFICATE_HEADERS: readonly string[] = [
  'Client-Cert-Chain',
  'SSL-Client-Escaped-Cert',
  'X-Client-Cert-Chain',
  'X-Client-Certificate',
  'X-SSL-Certificate',
  'X-SSL-Client-Certificate',
];

/** Header names are folded so that spellings which servers confuse (`x_client_cert`, `X.Client.Cert`) are one. */
const KNOWN_CERTIFICATE_HEADERS: ReadonlySet<string> = new Set(
  [
    ...FORWARDED_FORMATS.flatMap(({ defaultHeader }) => (defaultHeader === undefined ? [] : [defaultHeader])),
    ...OTHER_CERTIFICATE_HEADERS,
  ].map(foldHeaderName),
);

/**
 * Whether a header is known to carry certificates, while the format reads another one. Such a header beside the right one is a sign that
 * somebody tries what gets through.
 *
 * @param header - the one header that is read
 */
export function isForeignCertificateHeader(name: string, format: ForwardedFormat, header: string): boolean {
  const folded = foldHeaderName(name);
  return (
    KNOWN_CERTIFICATE_HEADERS.has(folded) &&
    folded !== foldHeaderName(header) &&
    !format.companions.some((companion) => foldHeaderName(companion) === folded)
  );
}
