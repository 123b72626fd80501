import type { Place } from '../journey.ts';
import type { JsonObject } from '../json.ts';
import type { Pieces } from './pieces.ts';

/** One way journeys are written to files. A new one is a file beside the others and a row in `journeyLayouts.ts`. */
export interface JourneyLayout {
  readonly name: string;
  /**
   * Pure: takes the pieces out of a JSON object, or gives undefined if it is not in this layout. Nothing inside the pieces is checked
   * yet.
   */
  read(value: JsonObject, place: Place): Pieces | undefined;
}
