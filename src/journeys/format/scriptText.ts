import type { Json } from '../json.ts';

const FILE_REFERENCE = /^file:\/\/(?:.*[\\/])?([^\\/]+)$/;
const BASE64 = /^[A-Za-z0-9+/\r\n]+={0,2}\s*$/;

/**
 * The text of a script in any of the forms exports have: a list of lines, base64, a JSON string, plain text, or the name of a file
 * beside the export. Undefined if it is none of them.
 *
 * @param sources - texts of the script files that were read along, by their name without a folder
 */
export function scriptText(
  value: Json | undefined,
  sources: ReadonlyMap<string, string>,
): string | undefined {
  if (Array.isArray(value)) {
    return value.every((line) => typeof line === 'string') ? value.join('\n') : undefined;
  }
  if (typeof value !== 'string') return undefined;
  const [, file] = FILE_REFERENCE.exec(value) ?? [];
  if (file !== undefined) return sources.get(file);
  if (value.startsWith('"')) {
    try {
      const text: unknown = JSON.parse(value);
      return typeof text === 'string' ? text : undefined;
    } catch {
      return value;
    }
  }
  return decodeBase64(value) ?? value;
}

/** Text that is base64 by chance is too rare and too short to be a script. */
function decodeBase64(value: string): string | undefined {
  if (value.length < 16 || !BASE64.test(value)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'base64'));
  } catch {
    return undefined;
  }
}
