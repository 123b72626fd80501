import { defineFormat } from './defineFormat.ts';

/** Envoy, Istio, Azure Container Apps: best with SANITIZE_SET and `cert: true` alone, since URI and DNS are written without escapes. */
export const envoy = defineFormat({
  name: 'envoy',
  title: 'Envoy, Istio, Azure Container Apps (XFCC)',
  header: 'X-Forwarded-Client-Cert',
  encoding: 'xfcc',
  chain: 'afterLeaf',
});
