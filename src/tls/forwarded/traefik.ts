import { defineFormat } from './defineFormat.ts';

/** Middleware `passTLSClientCert` with `pem: true`, 2.10 and later: the presented chain, leaf first, without armour. */
export const traefik = defineFormat({
  name: 'traefik',
  title: 'Traefik 2.10 and later, `passTLSClientCert.pem`',
  header: 'X-Forwarded-Tls-Client-Cert',
  encoding: 'base64-der',
  chain: 'afterLeaf',
});
