/** Advice of a policy: conditions by name, each with the values that would satisfy it. */
export type CompositeAdvice = ReadonlyMap<string, readonly string[]>;

/** Longest text that is looked at, in characters. An advice has some hundred. */
const LONGEST = 8_192;

// Each begins where the one before has ended, and there is one way to read a text: or a text could be tried in ways without number.
const HEAD = /\s*(?:<\?xml[^<>]*\?>\s*)?<Advices>/y;
const PAIR = /\s*<AttributeValuePair>((?:(?!<\/?AttributeValuePair>)[^])*)<\/AttributeValuePair>/y;
const TAIL = /\s*<\/Advices>\s*$/y;
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
  const pairs = readPairs(text);
  if (pairs === undefined) return undefined;
  const advice = new Map<string, string[]>();
  for (const content of pairs) {
    const [, name, values] = PARTS.exec(content) ?? [];
    if (name === undefined || values === undefined) return undefined;
    const known = advice.get(name) ?? [];
    advice.set(name, known);
    known.push(...[...values.matchAll(VALUE)].map(([, value = '']) => decodeEntities(value).trim()));
  }
  return advice.size === 0 ? undefined : advice;
}

/** What stands in each pair. */
function readPairs(text: string): readonly string[] | undefined {
  let position = 0;
  const take = (part: RegExp): RegExpExecArray | undefined => {
    part.lastIndex = position;
    const taken = part.exec(text) ?? undefined;
    position += taken?.[0].length ?? 0;
    return taken;
  };
  if (take(HEAD) === undefined) return undefined;
  const pairs: string[] = [];
  for (let pair = take(PAIR); pair !== undefined; pair = take(PAIR)) pairs.push(pair[1] ?? '');
  return take(TAIL) === undefined ? undefined : pairs;
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
