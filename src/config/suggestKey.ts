import { editDistance } from '../editDistance.ts';
import { MOST_TOLD } from './configProblem.ts';
import { configJsonSchema } from './configSchema.ts';

/** A hint for a mistyped key, to be put behind what is said of it; empty if there is none. */
export type SuggestKey = (key: string) => string;

/** Nobody mistypes so much. */
const LONGEST_KEY = 40;

/** Collects the keys of the schema once. Hints at the known key that is closest, if one is close; at most {@link MOST_TOLD} times. */
export function createSuggestKey(): SuggestKey {
  let known: readonly string[] | undefined;
  let asked = 0;
  return (key) => {
    asked += 1;
    if (asked > MOST_TOLD || key.length > LONGEST_KEY) return '';
    known ??= [...knownKeys(configJsonSchema())];
    const [best] = known
      .map((candidate) => ({
        candidate,
        distance: editDistance(key.toLowerCase(), candidate.toLowerCase()),
      }))
      .sort((a, b) => a.distance - b.distance);
    return best !== undefined && best.distance <= 2 ? `; did you mean ${best.candidate}?` : '';
  };
}

function knownKeys(schema: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') for (const property of Object.keys(value as object)) found.add(property);
    knownKeys(value, found);
  }
  return found;
}
