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
  const isShort = bytes?.[0] === UTC_TIME && bytes.length === 2 + 13;
  const isLong = bytes?.[0] === GENERALIZED_TIME && bytes.length === 2 + 15;
  if (bytes === undefined || (!isShort && !isLong) || bytes.at(-1) !== LETTER_Z) {
    throw new Error('a time in a form that certificates do not use');
  }
  const first = twoDigits(bytes, 2);
  const year = isLong ? 100 * first + twoDigits(bytes, 4) : first < 50 ? 2000 + first : 1900 + first;
  const start = isLong ? 6 : 4;
  const month = twoDigits(bytes, start);
  const day = twoDigits(bytes, start + 2);
  const hour = twoDigits(bytes, start + 4);
  const minute = twoDigits(bytes, start + 6);
  const second = twoDigits(bytes, start + 8);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // Date rolls the 31st of February over; what comes out must be what went in.
  const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!isDay || hour > 23 || minute > 59 || second > 59) throw new Error('a time that does not exist');
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1_000;
}

const LETTER_Z = 0x5a;

function twoDigits(bytes: Buffer, at: number): number {
  const [tens = 0, ones = 0] = [bytes[at], bytes[at + 1]];
  if (tens < 0x30 || tens > 0x39 || ones < 0x30 || ones > 0x39) {
    throw new Error('a time in a form that certificates do not use');
  }
  return (tens - 0x30) * 10 + (ones - 0x30);
}
