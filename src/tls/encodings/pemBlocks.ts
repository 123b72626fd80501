import { parseCertificateFrame, type CertificateFrame } from './certificateFrame.ts';
import { decodedFrames, undecodable, type DecodedFrames, type DecodingLimits } from './encoding.ts';

const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';

/** What may stand where the PEM had a line break. The empty text: nothing at all. */
export type LineBreak = '\n' | '\r\n' | ' ' | '\t' | '';

/**
 * Reads PEM certificates and nothing else: no text around them, no other label, no headers, one kind of line break throughout, at most
 * one of it between lines, lines of one length but for the last.
 *
 * @param lineBreaks - the kinds that the encoding can produce
 */
export function parsePemBlocks(
  text: string,
  lineBreaks: readonly LineBreak[],
  limits: DecodingLimits,
): DecodedFrames {
  const frames: CertificateFrame[] = [];
  const lineBreak = lineBreaks.find(
    (candidate) => candidate !== '' && text.startsWith(candidate, BEGIN.length),
  );
  if (lineBreak === undefined && !lineBreaks.includes('')) return undecodable('the PEM has no line breaks');
  const separator = lineBreak ?? '';

  let position = 0;
  while (position < text.length) {
    if (!text.startsWith(BEGIN, position)) {
      return undecodable(
        position === 0 ? 'it does not begin as a PEM certificate' : 'text follows the PEM certificate',
      );
    }
    const bodyStart = position + BEGIN.length;
    const bodyEnd = text.indexOf(END, bodyStart);
    if (bodyEnd < 0) return undecodable('the PEM certificate has no end; it may have been cut');
    if (frames.length === limits.certificates) {
      return undecodable(
        limits.certificates === 1 ? 'it holds more than one certificate' : 'it holds too many certificates',
      );
    }
    const base64 = joinLines(text.slice(bodyStart, bodyEnd), separator);
    const frame = base64 === undefined ? undefined : parseCertificateFrame(base64, limits.bytes);
    if (frame === undefined) {
      return undecodable('the PEM certificate is not exactly one certificate in strict base64');
    }
    frames.push(frame);
    position = bodyEnd + END.length;
    if (separator !== '' && text.startsWith(separator, position)) position += separator.length;
  }
  return decodedFrames(frames, limits);
}

/** Joins the lines between the armour. Lines of uneven length are refused: PEM writers do not make them, hands that meddle do. */
function joinLines(body: string, separator: string): string | undefined {
  if (separator === '') return body;
  const lines = body.split(separator);
  // The armour lines end with a break too, so the first and the last piece are empty.
  if (lines.length < 3 || lines.shift() !== '' || lines.pop() !== '') return undefined;
  const length = lines[0]?.length ?? 0;
  const last = lines.at(-1)?.length ?? 0;
  if (last === 0 || last > length || lines.slice(0, -1).some((line) => line.length !== length))
    return undefined;
  return lines.join('');
}
