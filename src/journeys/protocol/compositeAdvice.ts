/** Advice of a policy: conditions by name, each with the values that would satisfy it. */
export type CompositeAdvice = ReadonlyMap<string, readonly string[]>;

/** Longest text that is looked at, in characters. An advice has some hundred. */
const LONGEST = 8_192;

const DOCUMENT =
  /^\s*(?:<\?xml[^<>]*\?>\s*)?<Advices>((?:\s*<AttributeValuePair>[^]*?<\/AttributeValuePair>)*)\s*<\/Advices>\s*$/;
const PAIR = /<AttributeValuePair>([^]*?)<\/AttributeValuePair>/g;
const PARTS =
  /^\s*<Attribute\s+name="([\w.-]{1,100})"\s*(?:\/>|><\/Attribute>)((?:\s*<Value>[^<>]*<\/Value>)+)\s*$/;
const VALUE = /<Value>([^<>]*)<\/Value>/g;

/**
 * Pure: reads what AM's policy agents hand on as `authIndexValue`, a few elements of XML that AM always writes the same way. It is no
 * reader of XML at large: whatever is written differently is refused.
 *
 * @returns undefined for anything that is no advice
 */
export function parseCompositeAdvice(text: string): CompositeAdvice | undefined {
  if (text.length > LONGEST) return undefined;
  const [, pairs] = DOCUMENT.exec(text) ?? [];
  if (pairs === undefined) return undefined;
  const advice = new Map<string, string[]>();
  for (const [, content = ''] of pairs.matchAll(PAIR)) {
    const [, name, values] = PARTS.exec(content) ?? [];
    if (name === undefined || values === undefined) return undefined;
    const known = advice.get(name) ?? [];
    advice.set(name, known);
    known.push(...[...values.matchAll(VALUE)].map(([, value = '']) => decodeEntities(value).trim()));
  }
  return advice.size === 0 ? undefined : advice;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
