/** Controls, line ends, characters that reorder what follows them, halves of characters, and what no font has. */
const UNSHOWN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\p{Cn}\p{Co}\ufffe\uffff]/gu;

/** More than any name that was meant to be read. */
const LONGEST_NAME = 500;

/** Pure: a name out of a file, fit to be shown. What cannot be shown becomes U+FFFD, white space one blank. */
export function showable(text: string): string {
  const cut = text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text;
  return cut
    .replaceAll(/[\t\r\n\v\f ]+/g, ' ')
    .replaceAll(UNSHOWN, '\ufffd')
    .trim();
}

/** Pure: an estimate of how wide a text is in a usual sans-serif font, in units of its size. Rather too much than too little. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

function widthOfCharacter(character: string): number {
  if (/[\p{Mn}\p{Me}\u200b-\u200d]/u.test(character)) return 0;
  if (/[iljtfrI.,:;'|! ()[\]]/.test(character)) return 0.38;
  if (/[mwMW@%&…—]/.test(character)) return 0.98;
  if (/[A-Z]/.test(character)) return 0.74;
  if (character < '\u0100') return 0.6;
  // Scripts and pictures as wide as they are high.
  return /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\p{Extended_Pictographic}]/u.test(
    character,
  )
    ? 1.15
    : 0.8;
}

/**
 * Pure: breaks a text into lines, at blanks where it can and within words where it must.
 *
 * @param width - of a line, in units of the font's size
 * @param most - lines; what does not fit ends in an ellipsis
 */
export function wrap(text: string, width: number, most: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => pieces(part, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  if (line !== '') lines.push(line);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), ellipsis(lines[most - 1] ?? '', width)];
}

/** A word, in pieces that each fit into a line: broken after hyphens and before capitals if that is enough. */
function pieces(word: string, width: number): readonly string[] {
  if (widthOf(word) <= width) return [word];
  const found: string[] = [];
  let piece = '';
  for (const part of word
    .split(/(?<=-)|(?<=[a-z])(?=[A-Z])/)
    .flatMap((one) => (widthOf(one) > width ? Array.from(one) : [one]))) {
    if (piece !== '' && widthOf(piece + part) > width) {
      found.push(piece);
      piece = '';
    }
    piece += part;
  }
  return [...found, piece];
}

function ellipsis(line: string, width: number): string {
  let kept = Array.from(line);
  while (kept.length > 0 && widthOf(`${kept.join('')}…`) > width) kept = kept.slice(0, -1);
  return `${kept.join('').trimEnd()}…`;
}
