import { defineFormat } from './defineFormat.ts';

/** Managed transform "Add TLS client auth headers". The header is filled whatever the result of the check. */
export const cloudflare = defineFormat({
  name: 'cloudflare',
  title: 'Cloudflare, TLS client auth headers',
  header: 'Cf-Client-Cert-Der-Base64',
  encoding: 'base64-der',
  absent: ['""'],
  verifySignal: [
    { header: 'Cf-Cert-Verified', success: 'true' },
    { header: 'Cf-Cert-Revoked', success: 'false' },
  ],
});
