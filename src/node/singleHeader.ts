import { foldHeaderName } from '../headerName.ts';
import type { HeaderLine } from './requestContext.ts';

export type SingleHeader =
  | { readonly is: 'absent' }
  | { readonly is: 'present'; readonly value: unknown }
  | { readonly is: 'spoofed'; readonly detail: string };

/**
 * Takes the one occurrence of a header. Whatever a client could have slipped past a proxy beside it is a sign of spoofing: a second
 * line, another spelling that some server folds to the same name (`x_intune`, `x.intune`), or the name listed in Connection, which
 * makes the next hop drop what the proxy has set.
 */
export function takeSingleHeader(headers: readonly HeaderLine[], name: string): SingleHeader {
  const wanted = foldHeaderName(name);
  let found: HeaderLine | undefined;
  for (const line of headers) {
    const folded = foldHeaderName(line[0]);
    if (folded === 'connection' && namesHeader(line[1], wanted)) {
      return { is: 'spoofed', detail: 'the header is named in Connection' };
    }
    if (folded !== wanted) continue;
    if (line[0].toLowerCase() !== name.toLowerCase()) {
      return { is: 'spoofed', detail: 'another spelling of the header is present' };
    }
    if (found !== undefined || (Array.isArray(line[1]) && line[1].length > 1)) {
      return { is: 'spoofed', detail: 'the header is present more than once' };
    }
    found = line;
  }
  return found === undefined ? { is: 'absent' } : { is: 'present', value: found[1] };
}

function namesHeader(connection: unknown, wanted: string): boolean {
  const values: readonly unknown[] = Array.isArray(connection) ? connection : [connection];
  return values.some(
    (value) =>
      typeof value === 'string' && value.split(',').some((token) => foldHeaderName(token) === wanted),
  );
}
