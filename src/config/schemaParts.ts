import { z } from 'zod';
import { foldHeaderName } from '../headerName.ts';

/** Names of tenants, nodes and callers: short, printable, the same in a URL, a log line and a file. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores');

export const file = z.string().min(1).describe('Path of a file, relative to the configuration file.');

export const secret = z
  .strictObject({
    file: file.optional(),
    env: z.string().min(1).optional().describe('Name of an environment variable.'),
  })
  .refine((value) => (value.file === undefined) !== (value.env === undefined), {
    error: 'needs exactly one of `file` and `env`; a secret never stands in this file itself',
  })
  .describe('A secret, by the file or the environment variable that holds it.');

export type SecretReference = z.output<typeof secret>;

/** Headers that belong to HTTP or to the caller's own proof: no proxy can put a device id there. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'host',
  'transfer-encoding',
]);

export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be the name of an HTTP header')
  .refine((value) => !RESERVED_HEADERS.has(foldHeaderName(value)), {
    error: 'is a header with a meaning of its own in HTTP; choose another',
  });

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/i, 'must be a SHA-256 in hex');
