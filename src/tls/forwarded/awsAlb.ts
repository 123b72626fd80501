import { defineFormat } from './defineFormat.ts';

/** Mutual TLS in verify mode. `+ = /` stay as they are. */
export const awsAlb = defineFormat({
  name: 'aws-alb',
  title: 'AWS ALB, mutual TLS verify mode',
  header: 'X-Amzn-Mtls-Clientcert-Leaf',
  encoding: 'percent-pem',
});
