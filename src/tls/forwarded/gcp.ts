import { defineFormat } from './defineFormat.ts';

/** Application Load Balancer with the custom request header `X-Client-Cert-Leaf: {client_cert_leaf}`. */
export const gcp = defineFormat({
  name: 'gcp',
  title: 'Google Cloud load balancer, `{client_cert_leaf}`',
  header: 'X-Client-Cert-Leaf',
  encoding: 'rfc9440',
  absent: ['::', 'false'],
  verifySignal: [
    { header: 'X-Client-Cert-Present', success: 'true' },
    { header: 'X-Client-Cert-Chain-Verified', success: 'true' },
    { header: 'X-Client-Cert-Error', success: '' },
  ],
  companions: ['X-Client-Cert-Chain'],
});
