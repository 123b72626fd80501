import { defineFormat } from './defineFormat.ts';

/** `http-request set-header X-SSL-Client-Cert %[ssl_c_der,base64]`, set in any case. Without a certificate the header is empty. */
export const haproxy = defineFormat({
  name: 'haproxy',
  title: 'HAProxy, `%[ssl_c_der,base64]`',
  header: 'X-SSL-Client-Cert',
  encoding: 'base64-der',
  absent: ['""'],
  // ssl_c_verify is 0 as well where there is no certificate, so ssl_c_used must say that there is one.
  verifySignal: [
    { header: 'X-SSL-Client-Used', success: '1' },
    { header: 'X-SSL-Client-Verify', success: '0' },
  ],
  // %{+Q}[…] asks for quotes, and some versions give them.
  mayBeQuoted: true,
});
