import { defineFormat } from './defineFormat.ts';

/** Viewer mutual TLS. */
export const awsCloudfront = defineFormat({
  name: 'aws-cloudfront',
  title: 'AWS CloudFront, viewer mutual TLS',
  header: 'CloudFront-Viewer-Cert-Pem',
  encoding: 'percent-pem',
  verifySignal: [{ header: 'CloudFront-Viewer-Cert-Present', success: '1' }],
  companions: ['Client-Cert', 'Client-Cert-Chain'],
});
