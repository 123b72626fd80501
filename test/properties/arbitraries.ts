import * as fc from 'fast-check';

/** A GUID that may be an id: any but the all-zero one, in lower case. */
export const guidText: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .filter((bytes) => bytes.some((byte) => byte !== 0))
  .map((bytes) => {
    const hex = Buffer.from(bytes).toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  });

/** The same letters in any case. */
export function anyCase(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(text, fc.infiniteStream(fc.boolean())).map(([word, upper]) =>
    Array.from(word)
      .map((letter) => (upper.next().value === true ? letter.toUpperCase() : letter.toLowerCase()))
      .join(''),
  );
}

/** What stands around and inside ids and names, and what could be taken for it. */
const PIECES = [
  'CN=',
  'cn=',
  'O=',
  ',',
  ';',
  '+',
  '=',
  '/',
  '/CN=',
  '2.5.4.3=',
  'OID.2.5.4.3=',
  '"',
  '\\',
  '\\2c',
  '\\,',
  '\\"',
  '#',
  '{',
  '}',
  '[',
  ']',
  '["',
  '"]',
  ' ',
  '\t',
  '\n',
  '\u0000',
  '\u00a0',
  '\ufeff',
  '-',
  '0',
  'a',
  'F',
  'é',
  '東',
  '\ud83d\ude00',
  '\ud800',
  'urn:uuid:',
  'IntuneDeviceId://',
  '00000000-0000-0000-0000-000000000000',
];

/** Text made of the pieces that matter, with GUIDs, near misses and noise among them. */
export const nearMiss: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...PIECES) },
      { weight: 3, arbitrary: anyCase(guidText) },
      { weight: 2, arbitrary: damaged(guidText) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
    ),
    { maxLength: 9 },
  )
  .map((pieces) => pieces.join(''));

/** The text with one character taken out, put in, or replaced. */
export function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(
      text,
      fc.nat(),
      fc.constantFrom('remove', 'insert', 'replace'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    )
    .map(([whole, at, how, extra]) => {
      const position = at % (whole.length + 1);
      const rest = whole.slice(how === 'insert' ? position : position + 1);
      return `${whole.slice(0, position)}${how === 'remove' ? '' : extra}${rest}`;
    });
}

/** No half of a surrogate pair, which no encoding can carry. */
export function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}
