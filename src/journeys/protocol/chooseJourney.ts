import type { Journey } from '../journey.ts';
import type { RunnableJourney } from '../runnableJourney.ts';
import { refuse, type Refusal } from './authenticateAnswer.ts';

export interface JourneyChoice {
  /** The trees that may run. */
  readonly journeys: ReadonlyMap<string, RunnableJourney>;
  /** The tree that runs where a client names none; undefined for none. */
  readonly defaultJourney: string | undefined;
}

/** Pure: the tree a client asks for with `authIndexType` and `authIndexValue`. */
export function chooseJourney(
  parameters: ReadonlyMap<string, readonly string[]>,
  { journeys, defaultJourney }: JourneyChoice,
):
  | { readonly ok: true; readonly journey: RunnableJourney }
  | { readonly ok: false; readonly refusal: Refusal } {
  const types = parameters.get('authIndexType') ?? [];
  const names = parameters.get('authIndexValue') ?? [];
  if (types.length > 1 || names.length > 1 || (types[0] ?? 'service') !== 'service') {
    return { ok: false, refusal: refuse(400, 'Unknown Authentication Index Type') };
  }
  const journey = journeys.get(names[0] ?? defaultJourney ?? '');
  if (journey === undefined || !isStartable(journey.journey)) {
    return { ok: false, refusal: refuse(401, 'No Configuration found') };
  }
  return { ok: true, journey };
}

/** Pure: may a client start this tree, or does it run only inside others, or not at all? */
export function isStartable({ enabled, innerTreeOnly, transactionalOnly }: Journey): boolean {
  return enabled && !innerTreeOnly && !transactionalOnly;
}
