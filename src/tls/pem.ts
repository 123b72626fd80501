const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The DER bytes of every block with this label in a PEM text, with text between the blocks allowed. Undefined in place of a broken one. */
export function pemBlocks(text: string, label: string): readonly (Buffer | undefined)[] {
  return [...text.matchAll(BLOCK)]
    .filter((match) => match[1] === label)
    .map((match) => decodeBase64(match[2] ?? ''));
}

/** Strict base64, line breaks and spaces aside: Node's own decoder skips what it does not know. */
export function decodeBase64(text: string): Buffer | undefined {
  const body = text.replaceAll(/\s/g, '');
  if (body.length % 4 !== 0 || !BASE64.test(body)) return undefined;
  const bytes = Buffer.from(body, 'base64');
  return bytes.toString('base64') === body ? bytes : undefined;
}
