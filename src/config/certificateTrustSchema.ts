import { z } from 'zod';
import { isAllowedHost, parseAddress } from '../revocation/allowedHosts.ts';
import { file } from './schemaParts.ts';

const httpAddress = z.string().refine((value) => parseAddress(value) !== undefined, {
  error: 'must be an http or https URL without user name, password and fragment',
});
const allowedHost = z.string().refine(isAllowedHost, {
  error: 'must be a host, with a port if it is not the usual one, e.g. crl.example or crl.example:8080',
});
const whenMissing = z
  .enum(['refuse', 'accept'])
  .default('refuse')
  .describe(
    'What becomes of a certificate about which no good answer is known: refused (revocationUnknown), or accepted as if nothing had been asked.',
  );

const crl = z
  .strictObject({
    files: z
      .array(file)
      .max(100)
      .default([])
      .describe('Files with revocation lists, PEM (several in one file) or DER.'),
    urls: z
      .array(httpAddress)
      .max(20)
      .default([])
      .describe('Where revocation lists are fetched from and kept fresh.'),
    hosts: z
      .array(allowedHost)
      .max(100)
      .default([])
      .describe(
        'Hosts from which lists are fetched when a certificate names them (CRL distribution points).',
      ),
    whenMissing,
  })
  .refine(({ files, urls, hosts }) => files.length + urls.length + hosts.length > 0, {
    error: 'names no file, no URL and no host, so that there is nobody to ask',
  })
  .optional()
  .describe('Ask revocation lists (docs/certificates.md).');

const ocsp = z
  .strictObject({
    url: httpAddress
      .optional()
      .describe('The responder to ask about every certificate, in place of the one it names.'),
    hosts: z
      .array(allowedHost)
      .max(100)
      .default([])
      .describe('Hosts of responders that are asked when a certificate names them.'),
    whenMissing,
    maxAgeSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(600)
      .describe('How long an answer is good that does not say it itself (nextUpdate), in seconds.'),
    nonce: z
      .boolean()
      .default(false)
      .describe('Send a nonce and take no response without it. Most public responders do not know it.'),
  })
  .refine(({ url, hosts }) => url !== undefined || hosts.length > 0, {
    error: 'names no URL and no host, so that there is nobody to ask',
  })
  .optional()
  .describe('Ask OCSP responders (docs/certificates.md).');

/** What the certificates of a source are validated against. */
export const certificateTrust = z
  .strictObject({
    anchors: z.array(file).min(1).describe('PEM files with the CAs that issue device certificates.'),
    intermediates: z
      .array(file)
      .default([])
      .describe('PEM files with CAs between the anchors and the devices.'),
    crl,
    ocsp,
  })
  .describe('Whose device certificates are believed.');

export type CertificateTrustConfig = z.output<typeof certificateTrust>;
