import { defineFormat } from './defineFormat.ts';

/** Mutual TLS in passthrough mode: the whole presented chain, leaf first, which nobody has verified. */
export const awsAlbPassthrough = defineFormat({
  name: 'aws-alb-passthrough',
  title: 'AWS ALB, mutual TLS passthrough mode',
  header: 'X-Amzn-Mtls-Clientcert',
  encoding: 'percent-pem',
  chain: 'afterLeaf',
});
