import { parseGuid, type DeviceId } from './deviceId.ts';

/**
 * Reads a GUID as Microsoft puts it into certificate extensions: 16 bytes, the first three groups little-endian, either bare or as an
 * OCTET STRING with a short or a needlessly long length.
 *
 * @param content - the content of the extension
 * @returns undefined for any other length or header, and for the GUID of all zeros
 */
export function parseGuidBytes(content: Buffer): DeviceId | undefined {
  const bytes = readSixteenBytes(content);
  if (bytes === undefined) return undefined;
  const group = (...positions: readonly number[]): string =>
    positions.map((position) => (bytes[position] ?? 0).toString(16).padStart(2, '0')).join('');
  return parseGuid(
    [group(3, 2, 1, 0), group(5, 4), group(7, 6), group(8, 9), bytes.subarray(10).toString('hex')].join('-'),
  );
}

function readSixteenBytes(content: Buffer): Buffer | undefined {
  if (content.length === 16) return content;
  if (content.length === 18 && content[0] === 0x04 && content[1] === 16) return content.subarray(2);
  if (content.length === 19 && content[0] === 0x04 && content[1] === 0x81 && content[2] === 16) {
    return content.subarray(3);
  }
  return undefined;
}
