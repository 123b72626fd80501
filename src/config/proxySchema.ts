import { z } from 'zod';
import { headerName, name, sha256 } from './schemaParts.ts';

/** One proxy in front of the gate. Whatever is listed must hold, all of it; within a list, one is enough. */
export const proxy = z
  .strictObject({
    name: name.describe('What sources call it in `from`; shares its names with `callers`.'),
    addresses: z
      .array(z.string())
      .min(1, 'is empty, so that nobody would be this proxy; leave it out to ask for no address')
      .optional()
      .describe('Address ranges it connects from, by the connection itself.'),
    certificateSha256: z
      .array(sha256)
      .min(1, 'is empty, so that nobody would be this proxy; leave it out to ask for no certificate')
      .optional()
      .describe(
        'SHA-256 of the public key (SPKI, DER) of each of its client certificates, hex. Needs a listener with `tls`.',
      ),
    withoutCertificate: z
      .literal(true)
      .optional()
      .describe('It shows no client certificate; a connection that does is somebody else.'),
    socket: z
      .literal(true)
      .optional()
      .describe('It connects through a Unix socket, whose permissions say who that is.'),
    secretHeader: z
      .strictObject({
        name: headerName.describe('Name of the header.'),
        sha256: z
          .array(sha256)
          .min(1)
          .describe(
            'SHA-256 of each secret, hex (see `intune-gate key`). Several allow rotation. The secret: 32 to 512 characters.',
          ),
      })
      .optional()
      .describe('A header that only it can set, since only it knows the value.'),
  })
  .describe('One proxy.');
