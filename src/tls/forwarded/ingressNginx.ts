import { defineFormat } from './defineFormat.ts';

/** With `auth-tls-pass-certificate-to-upstream: "true"`. Without that annotation a client's own `ssl-client-cert` passes through. */
export const ingressNginx = defineFormat({
  name: 'ingress-nginx',
  title: 'ingress-nginx, `auth-tls-pass-certificate-to-upstream`',
  header: 'ssl-client-cert',
  encoding: 'percent-pem',
  verifySignal: [{ header: 'ssl-client-verify', success: 'SUCCESS' }],
});
