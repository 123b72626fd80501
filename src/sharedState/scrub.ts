/** Removes secrets from a text that is about to leave the gate. */
export type Scrub = (text: string) => string;

const HIDDEN = '[hidden]';

/** Values shorter than this would take ordinary words out of messages; a secret this short protects nothing. */
const SHORTEST_SECRET = 6;

/**
 * Shapes that are secret wherever they stand, whoever put them there: tokens, private keys, and the fields of a token request.
 * Each pattern is linear in the length of the text.
 */
const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[A-Za-z0-9+/=\s]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
    HIDDEN,
  ],
  [/\beyJ[\w-]{8,}(?:\.[\w-]+){0,2}/g, HIDDEN],
  // Long enough that "Visual Basic Applications" stays what it is.
  [/\b(bearer|basic)\s+[\w.~+/=-]{20,}/gi, `$1 ${HIDDEN}`],
  [
    /\b(client_secret|client_assertion|assertion|password|refresh_token|access_token|id_token|authorization|x-identity-header)(["']?\s*[=:]\s*["']?)[^\s&"',}]+/gi,
    `$1$2${HIDDEN}`,
  ],
];

/**
 * Makes a scrubber that knows the secrets this process holds, in every encoding they travel in (plain, percent, form, JSON, base64),
 * and the shapes all secrets have.
 */
export function createScrub(secrets: Iterable<string>): Scrub {
  const spellings = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    const form = new URLSearchParams({ v: secret }).toString().slice(2);
    for (const spelling of [
      secret,
      encodeURIComponent(secret),
      form,
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
    ]) {
      spellings.add(spelling);
    }
  }
  // Longest first, so that no spelling leaves the rest of a longer one behind.
  const known = [...spellings].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const spelling of known) clean = clean.replaceAll(spelling, HIDDEN);
    for (const [shape, replacement] of SECRET_SHAPES) clean = clean.replace(shape, replacement);
    return clean;
  };
}
