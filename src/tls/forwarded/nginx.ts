import { defineFormat } from './defineFormat.ts';

/** `proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;` (1.13.5 or later). Without a certificate the header is not sent. */
export const nginx = defineFormat({
  name: 'nginx',
  title: 'nginx, `$ssl_client_escaped_cert`',
  header: 'X-SSL-Client-Cert',
  encoding: 'percent-pem',
  // $ssl_client_verify; NONE and FAILED:… are no success.
  verifySignal: [{ header: 'X-SSL-Client-Verify', success: 'SUCCESS' }],
});
