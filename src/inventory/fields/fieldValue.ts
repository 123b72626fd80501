import type { Field } from './field.ts';

/** A value of a field: what is nothing is null. Dates are text as Graph writes it. */
export type FieldValue = string | number | boolean | null;

/** Longer than anything Intune keeps; whatever is longer is not copied. */
export const LONGEST_TEXT = 4_096;

export type ReadValue =
  { readonly ok: true; readonly value: FieldValue } | { readonly ok: false; readonly problem: string };

const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,7})?Z$/;

/**
 * What a device says of a field. Names and notes are typed by people and by devices: a NUL, which databases refuse, and halves of
 * surrogate pairs, which are no text, become replacement characters.
 *
 * @param blanksAreNull - also take `''`, and the dates that stand for never, for nothing
 */
export function readFieldValue(field: Field, raw: unknown, blanksAreNull: boolean): ReadValue {
  if (raw === null || raw === undefined) return { ok: true, value: null };
  switch (field.type) {
    case 'boolean':
      return typeof raw === 'boolean' ? { ok: true, value: raw } : wrong(field, 'true or false');
    case 'number':
      return typeof raw === 'number' && Number.isSafeInteger(raw)
        ? { ok: true, value: raw }
        : wrong(field, 'a whole number');
    case 'date':
      if (raw === '' && blanksAreNull) return { ok: true, value: null };
      if (typeof raw !== 'string' || !DATE.test(raw) || Number.isNaN(Date.parse(raw)))
        return wrong(field, 'a date');
      return { ok: true, value: blanksAreNull && /^(?:0001|9999)-/.test(raw) ? null : raw };
    case 'text':
      if (typeof raw !== 'string') return wrong(field, 'text');
      if (raw.length > LONGEST_TEXT)
        return { ok: false, problem: `${field.name} is longer than ${LONGEST_TEXT} characters` };
      return { ok: true, value: blanksAreNull && raw.trim() === '' ? null : cleanText(raw) };
  }
}

/** Text that every target can hold. */
export function cleanText(text: string): string {
  return text.replace(/[\p{Surrogate}\0]/gu, '\ufffd');
}

function wrong(field: Field, wanted: string): ReadValue {
  return { ok: false, problem: `${field.name} is not ${wanted}` };
}
