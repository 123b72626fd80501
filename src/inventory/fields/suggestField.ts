import { editDistance } from '../../editDistance.ts';
import { FIELDS } from './fieldCatalogue.ts';

const LONGEST_NAME = 60;

/** A sentence that hints at the field that was meant, with a space behind it; empty if none is close. */
export function suggestField(name: string): string {
  if (name.length > LONGEST_NAME) return '';
  const [best] = FIELDS.map((field) => ({
    field,
    distance: Math.min(
      editDistance(name.toLowerCase(), field.name.toLowerCase()),
      editDistance(name.toLowerCase(), field.graph.toLowerCase()),
    ),
  })).sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= 3 ? `Did you mean ${best.field.name}? ` : '';
}
