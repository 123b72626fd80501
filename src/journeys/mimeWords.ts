const WORD = /=\?([A-Za-z0-9-]{1,40})\?([BbQq])\?([^?\s]{0,4096})\?=/g;
/** Whitespace between two words is part of neither (RFC 2047 6.2). */
const BETWEEN_WORDS = /(\?=)\s+(?==\?)/g;

/**
 * Pure: decodes the encoded words of RFC 2047 in a header, which is how AM's clients write names and passwords that are not ASCII. What
 * cannot be decoded stays as it is.
 */
export function decodeMimeWords(value: string): string {
  return value
    .replace(BETWEEN_WORDS, '$1')
    .replace(WORD, (word, charset: string, encoding: string, text: string) => {
      const bytes = encoding.toUpperCase() === 'B' ? Buffer.from(text, 'base64') : decodeQ(text);
      try {
        return new TextDecoder(charset, { fatal: true }).decode(bytes);
      } catch {
        return word;
      }
    });
}

function decodeQ(text: string): Buffer {
  const binary = text
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(binary, 'latin1');
}
