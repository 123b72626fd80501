import type { LookupOptions } from '../node/deviceDirectory.ts';
import type { Reading } from '../operations/operation.ts';

/** Port: operations on devices and groups, in the name of a journey and within what journeys are granted. */
export interface JourneyOperations {
  /**
   * @param journey - name of the tree
   * @param operation - its name in the catalogue
   */
  invoke(
    journey: string,
    operation: string,
    input: Readonly<Record<string, unknown>>,
    bound: LookupOptions,
  ): Promise<Reading>;
}

/** What a journey is called where it acts. No caller has a colon in its name. */
export function journeyPrincipal(journey: string): string {
  return `journey:${journey}`;
}
