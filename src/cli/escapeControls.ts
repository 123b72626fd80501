/** C0 and C1 controls, line separators, and the characters that reorder what follows them. Joiners of scripts and emoji stay. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * Writes as `\u001b` whatever would steer a terminal instead of being shown by it. Names of devices and users come from outside.
 * A line break is escaped as well, so that one value cannot look like several.
 */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for text of several lines, such as JSON, in which an escape is what it is here. */
export function escapeControlsByLine(text: string): string {
  return text.split('\n').map(escapeControls).join('\n');
}
