/** What a value is, as Graph sends it and as expressions see it. Dates are UTC. */
export type FieldType = 'text' | 'number' | 'boolean' | 'date';

/**
 * Whether a field can tell devices apart: always, where the tenant's data shows it, on phones alone, or not at all (names are given
 * twice, network cards are moved, and the rest is no identity).
 */
export type IdentifierFitness = 'yes' | 'ifUnique' | 'phonesOnly' | 'no';

/** One property of a managed device that can be copied. */
export interface Field {
  /** The documentation's name. */
  readonly name: string;
  /** Graph's own name. */
  readonly graph: string;
  readonly type: FieldType;
  readonly unit?: 'bytes';
  /** Says something about a person; read only where it was chosen by its name. */
  readonly personal: boolean;
  readonly identifier: IdentifierFitness;
  /** Changes by itself all the time, which is worth no line in a history. */
  readonly restless: boolean;
  /** Known only from a GET of one device that names it; in lists it is a default that is no fact. */
  readonly onlyById: boolean;
}
