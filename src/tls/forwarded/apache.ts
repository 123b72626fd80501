import { defineFormat } from './defineFormat.ts';

/** `SSLOptions +ExportCertData` and `RequestHeader set SSL_CLIENT_CERT "%{SSL_CLIENT_CERT}s"`. Line breaks become spaces. */
export const apache = defineFormat({
  name: 'apache',
  title: 'Apache httpd, `%{SSL_CLIENT_CERT}s`',
  header: 'SSL_CLIENT_CERT',
  encoding: 'spaced-pem',
  absent: ['(null)'],
  // NONE, GENEROUS and FAILED:… are no success.
  verifySignal: [{ header: 'SSL_CLIENT_VERIFY', success: 'SUCCESS' }],
});
