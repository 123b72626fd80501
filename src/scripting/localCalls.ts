import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

const ENCODINGS: ReadonlySet<string> = new Set(['utf8', 'base64', 'base64url', 'latin1']);
const HASHES: ReadonlyMap<string, string> = new Map([
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]);
const MOST_RANDOM_BYTES = 65_536;

/** What bindings call without leaving the thread: bytes, and cryptography that needs nothing from outside. */
export const LOCAL_CALLS: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  'bytes.of': ([text, encoding]) => [...Buffer.from(String(text), encodingOf(encoding))],
  'bytes.text': ([bytes, encoding]) => bytesOf(bytes).toString(encodingOf(encoding)),
  'crypto.randomUUID': () => randomUUID(),
  'crypto.randomBytes': ([length]) => [...randomBytes(Math.min(Number(length), MOST_RANDOM_BYTES))],
  'crypto.digest': ([algorithm, data]) => [...createHash(hashOf(algorithm)).update(bytesOf(data)).digest()],
  'crypto.hmac': ([algorithm, key, data]) => [...hmac(algorithm, key, data)],
  'crypto.hmacMatches': ([algorithm, key, data, signature]) => {
    const expected = hmac(algorithm, key, data);
    const given = bytesOf(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  },
};

/** `{ name: 'HMAC', hash: 'SHA-256' }`, or the name alone. */
function hmac(algorithm: unknown, key: unknown, data: unknown): Buffer {
  const { name, hash = 'SHA-256' } = algorithm as { readonly name?: unknown; readonly hash?: unknown };
  if (String(name).toUpperCase() !== 'HMAC')
    throw new Error(`the algorithm ${String(name)} is not supported`);
  return createHmac(hashOf(hash), bytesOf(key)).update(bytesOf(data)).digest();
}

function hashOf(name: unknown): string {
  const hash = HASHES.get(String(name).toUpperCase());
  if (hash === undefined) throw new Error(`the algorithm ${String(name)} is not supported`);
  return hash;
}

function bytesOf(bytes: unknown): Buffer {
  if (!Array.isArray(bytes)) throw new Error('these are no bytes');
  return Buffer.from(bytes.map(Number));
}

function encodingOf(name: unknown): BufferEncoding {
  if (typeof name === 'string' && ENCODINGS.has(name)) return name as BufferEncoding;
  throw new Error('there is no such encoding');
}
