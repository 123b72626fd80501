import { defineFormat } from './defineFormat.ts';

/** The standard: the leaf in `Client-Cert`; `Client-Cert-Chain` may stand beside it and is not needed. */
export const rfc9440 = defineFormat({
  name: 'rfc9440',
  title: 'RFC 9440',
  header: 'Client-Cert',
  encoding: 'rfc9440',
  // What HAProxy and old versions of Caddy leave between the colons when there is no certificate.
  absent: ['::', ':{http.request.tls.client.certificate_der_base64}:'],
  companions: ['Client-Cert-Chain'],
});
