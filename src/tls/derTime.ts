const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/**
 * Reads an encoded Time in the one form that RFC 5280 4.1.2.5 allows: seconds present, no fraction, `Z`. Both types are taken for any
 * year, as the RFC asks of readers.
 *
 * @returns milliseconds since 1970
 * @throws Error for another form, or a day or time that does not exist
 */
export function parseDerTime(bytes: Buffer | undefined): number {
  const tag = bytes?.[0];
  const text = bytes?.toString('latin1', 2) ?? '';
  let year: number;
  let rest: string;
  if (tag === UTC_TIME && /^\d{12}Z$/.test(text)) {
    const short = Number(text.slice(0, 2));
    year = short < 50 ? 2000 + short : 1900 + short;
    rest = text.slice(2);
  } else if (tag === GENERALIZED_TIME && /^\d{14}Z$/.test(text)) {
    year = Number(text.slice(0, 4));
    rest = text.slice(4);
  } else {
    throw new Error('a time in a form that certificates do not use');
  }
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = (rest.match(/\d\d/g) ?? []).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // Date rolls the 31st of February over; what comes out must be what went in.
  if (
    date.getUTCFullYear() !== year ||
    date.getUTCMonth() !== month - 1 ||
    date.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  ) {
    throw new Error('a time that does not exist');
  }
  return date.getTime();
}
