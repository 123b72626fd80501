/**
 * Whether a text is one bare address (`local@domain`), and nothing a mail program might read as more: no list, no name, no quoting, no
 * line break.
 */
export function isMailAddress(text: string): boolean {
  return (
    text.length <= 254 &&
    /^[^\s@<>()[\],;:"\\\p{Cc}]{1,64}@[^\s@<>()[\],;:"\\\p{Cc}]{1,255}$/u.test(text) &&
    !text.startsWith('-')
  );
}
