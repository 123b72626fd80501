import { finding, type Finding } from '../finding.ts';
import type { Place } from '../journey.ts';
import { isJsonObject, type Json } from '../json.ts';
import { within, type Piece } from './pieces.ts';

/** A map of objects as the exports have it; what is no object in it is a finding. Missing and null are an empty map. */
export function piecesById(
  value: Json | undefined,
  place: Place,
  tree?: string,
): { readonly pieces: ReadonlyMap<string, Piece>; readonly findings: readonly Finding[] } {
  const pieces = new Map<string, Piece>();
  const findings: Finding[] = [];
  const about = tree === undefined ? {} : { tree };
  if (value === undefined || value === null) return { pieces, findings };
  if (!isJsonObject(value)) {
    return { pieces, findings: [finding('malformed', 'should be an object', place, about)] };
  }
  for (const [id, entry] of Object.entries(value)) {
    const at = within(place, id);
    if (isJsonObject(entry)) pieces.set(id, { value: entry, place: at });
    else findings.push(finding('malformed', 'should be an object', at, about));
  }
  return { pieces, findings };
}
