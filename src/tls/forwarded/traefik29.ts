import { defineFormat } from './defineFormat.ts';

/** As {@link traefik}, but up to 2.9 each certificate was escaped as in a query. */
export const traefik29 = defineFormat({
  name: 'traefik-2.9',
  title: 'Traefik up to 2.9, `passTLSClientCert.pem`',
  header: 'X-Forwarded-Tls-Client-Cert',
  encoding: 'percent-base64-der',
  chain: 'afterLeaf',
});
