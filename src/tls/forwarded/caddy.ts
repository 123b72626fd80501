import { defineFormat } from './defineFormat.ts';

/** `header_up X-Client-Cert {http.request.tls.client.certificate_der_base64}`. Old versions send the placeholder itself for "none". */
export const caddy = defineFormat({
  name: 'caddy',
  title: 'Caddy 2, `certificate_der_base64`',
  header: 'X-Client-Cert',
  encoding: 'base64-der',
  absent: ['{http.request.tls.client.certificate_der_base64}'],
});
