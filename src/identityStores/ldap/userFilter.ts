import { AndFilter, EqualityFilter, FilterParser, NotFilter, OrFilter, type Filter } from 'ldapts';

/** Stands for the name in the filter of a configuration. */
export const USERNAME_PLACEHOLDER = '{username}';

/**
 * Reads a filter in which `{username}` is the whole value of one or more comparisons, e.g. `(|(uid={username})(mail={username}))`. The
 * name is later put into the parsed filter, never into its text: whatever it contains, it stays a value.
 *
 * @returns what makes the filter for a name; undefined if the text is no such filter
 */
export function parseUserFilter(text: string): ((username: string) => Filter) | undefined {
  let names = 0;
  try {
    const make = (username: string): Filter => replaceIn(FilterParser.parseString(text), username);
    replaceIn(FilterParser.parseString(text), '');
    return names > 0 ? make : undefined;
  } catch {
    return undefined;
  }

  function replaceIn(filter: Filter, username: string): Filter {
    if (filter instanceof AndFilter || filter instanceof OrFilter) {
      filter.filters = filter.filters.map((inner) => replaceIn(inner, username));
    } else if (filter instanceof NotFilter) {
      // Who is not somebody is anybody.
      const before = names;
      filter.filter = replaceIn(filter.filter, username);
      if (names > before) throw new Error('the name under a not');
    } else if (filter instanceof EqualityFilter && filter.value === USERNAME_PLACEHOLDER) {
      names += 1;
      return new EqualityFilter({ attribute: filter.attribute, value: username });
    } else if (filter.toString().includes(USERNAME_PLACEHOLDER)) {
      throw new Error('the name as part of a value');
    }
    return filter;
  }
}
