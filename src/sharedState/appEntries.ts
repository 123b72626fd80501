import type { Scrub } from './scrub.ts';
import { INSTALLED_APPS_KEY } from './intuneKeys.ts';
import type { StateEntries } from './stateEntries.ts';

/**
 * How the names of installed apps are written. `json`: a JSON list of text. `ping`: Ping's own form `[App A, App B]`, in which a
 * name with a comma cannot be told from two names.
 */
export type AppsFormat = 'json' | 'ping';

export function appEntries(displayNames: readonly string[], format: AppsFormat, scrub: Scrub): StateEntries {
  const text = format === 'json' ? JSON.stringify(displayNames) : `[${displayNames.join(', ')}]`;
  return { [INSTALLED_APPS_KEY]: scrub(text) };
}
