export interface FilterClause {
  readonly kind: 'clause';
  readonly property: string;
  /** Lower case: `eq`, `contains`, … or whatever stood there. */
  readonly operator: string;
  readonly value: string;
}

export type FilterNode =
  FilterClause | { readonly kind: 'and' | 'or'; readonly parts: readonly FilterNode[] };

const TOKEN = /\s*(?:([(),])|'((?:[^']|'')*)'|([\w.:+/-]+))/y;
const MAX_DEPTH = 20;

type Token = { readonly type: 'mark' | 'text' | 'word'; readonly text: string };

/** Reads an OData filter: comparisons and functions joined by `and`, `or`, parentheses. `undefined` if it is not well formed. */
export function parseFilter(filter: string): FilterNode | undefined {
  const tokens = tokenize(filter);
  if (tokens === undefined) return undefined;
  let position = 0;
  const tree = parseJoined('or', 0);
  return position === tokens.length ? tree : undefined;

  function next(): Token | undefined {
    const token = tokens?.[position];
    position += 1;
    return token;
  }

  function skip(type: Token['type'], text: string): boolean {
    const token = tokens?.[position];
    if (token?.type !== type || token.text.toLowerCase() !== text) return false;
    position += 1;
    return true;
  }

  function parseJoined(kind: 'and' | 'or', depth: number): FilterNode | undefined {
    if (depth > MAX_DEPTH) return undefined;
    const parts: FilterNode[] = [];
    do {
      const part = kind === 'or' ? parseJoined('and', depth) : parsePrimary(depth);
      if (part === undefined) return undefined;
      parts.push(part);
    } while (skip('word', kind));
    const [only] = parts;
    return parts.length === 1 ? only : { kind, parts };
  }

  function parsePrimary(depth: number): FilterNode | undefined {
    if (skip('mark', '(')) {
      const inner = parseJoined('or', depth + 1);
      return skip('mark', ')') ? inner : undefined;
    }
    const head = next();
    if (head?.type !== 'word') return undefined;
    if (skip('mark', '(')) return parseFunction(head.text);
    const operator = next();
    const value = next();
    if (operator?.type !== 'word' || value === undefined || value.type === 'mark') return undefined;
    return { kind: 'clause', property: head.text, operator: operator.text.toLowerCase(), value: value.text };
  }

  function parseFunction(name: string): FilterNode | undefined {
    const property = next();
    if (property?.type !== 'word' || !skip('mark', ',')) return undefined;
    const value = next();
    if (value === undefined || value.type === 'mark' || !skip('mark', ')')) return undefined;
    return { kind: 'clause', property: property.text, operator: name.toLowerCase(), value: value.text };
  }
}

function tokenize(filter: string): Token[] | undefined {
  const tokens: Token[] = [];
  const text = filter.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) return undefined;
    const [, mark, literal, word] = match;
    if (mark !== undefined) tokens.push({ type: 'mark', text: mark });
    else if (literal !== undefined) tokens.push({ type: 'text', text: literal.replaceAll("''", "'") });
    else if (word !== undefined) tokens.push({ type: 'word', text: word });
  }
  return tokens;
}
