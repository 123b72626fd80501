import type { Expression } from '../expressions/expressionEngine.ts';
import type { Field } from '../fields/field.ts';
import type { ColumnType } from './mappingSchema.ts';
import type { MappingFile } from './parseMapping.ts';

/** A column of the inventory table, and how its value comes about. */
export interface PlannedColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** SQL over the fields of a device that gives text of the type, or NULL. */
  readonly sql: string;
  /** Where it stands in the mapping. */
  readonly path: readonly (string | number)[];
  /** It tells something about a person. */
  readonly personal: boolean;
  /** It changes by itself all the time; its changes are written, but are no history. */
  readonly restless: boolean;
  /** It tells the time of writing, so that it is no reason to write. */
  readonly stamp: boolean;
  /** Written when the row is made, and then left to people. */
  readonly once: boolean;
  readonly maxLength: number | undefined;
}

/** A mapping that was checked, ready to run. */
export interface Plan {
  readonly source: MappingFile;
  /** What is read of each device. */
  readonly fields: readonly Field[];
  readonly columns: readonly PlannedColumn[];
  readonly key: PlannedColumn;
  /** The key is the Intune id itself, which cannot be there twice. */
  readonly keyIsDeviceId: boolean;
  /** Fields the key is made of. */
  readonly keyFields: readonly Field[];
  readonly filter: Expression | undefined;
  readonly owner: Expression | undefined;
  /** Changes whenever something changes that the rows depend on. */
  readonly fingerprint: string;
}
