import type { Field } from './field.ts';
import { FIELDS } from './fieldCatalogue.ts';
import { readFieldValue } from './fieldValue.ts';

/** What a test call has shown of one field. */
export interface SurveyedField {
  readonly name: string;
  readonly graph: string;
  readonly type: Field['type'];
  readonly unit: string | undefined;
  readonly personal: boolean;
  /** Intune sent it. */
  readonly sent: boolean;
  /** Percent of the devices that say nothing in it. */
  readonly emptyPercent: number | undefined;
  readonly example: string | undefined;
  /** Whether it is fit to identify a device, and why. */
  readonly identifier: string;
  readonly note: string | undefined;
}

type Device = Readonly<Record<string, unknown>>;

/**
 * Pure: what devices of a tenant show of each field.
 *
 * @param devices a page of a list
 * @param detailed devices that were read one by one, for the fields that lists do not tell
 */
export function surveyFields(
  devices: readonly Device[],
  detailed: readonly Device[],
): readonly SurveyedField[] {
  return FIELDS.map((field) => {
    const rows = field.onlyById ? detailed : devices;
    const sent = rows.some((row) => Object.hasOwn(row, field.graph));
    const values = rows.map((row) => {
      const read = readFieldValue(field, row[field.graph], true);
      return read.ok && !(field.onlyById && read.value === 0) ? read.value : null;
    });
    const told = values.filter((value) => value !== null);
    return {
      name: field.name,
      graph: field.graph,
      type: field.type,
      unit: field.unit,
      personal: field.personal,
      sent,
      emptyPercent: rows.length === 0 ? undefined : Math.round((1 - told.length / rows.length) * 100),
      example: told[0] === undefined ? undefined : String(told[0]).slice(0, 60),
      identifier: describeFitness(field, told.map(String)),
      note: field.onlyById ? 'told device by device' : undefined,
    };
  });
}

function describeFitness(field: Field, told: readonly string[]): string {
  switch (field.identifier) {
    case 'yes':
      return 'yes';
    case 'phonesOnly':
      return 'on phones only';
    case 'no':
      return 'no';
    case 'ifUnique': {
      if (told.length === 0) return 'unknown, as no device tells it';
      const distinct = new Set(told.map((value) => value.toLowerCase())).size;
      return distinct === told.length ? 'yes, unique here' : `no, ${told.length - distinct} repeated here`;
    }
  }
}
