/** Encoders for test certificates. They write what they are told, so that broken ones can be made too. */

export function der(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(
    contents.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );
  const { length } = content;
  const header =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x1_00_00
          ? [0x82, length >> 8, length & 0xff]
          : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...header]), content]);
}

export const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
export const set = (...parts: readonly Buffer[]): Buffer => der(0x31, ...parts);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
export const printable = (text: string): Buffer => der(0x13, text);
export const octets = (content: Buffer): Buffer => der(0x04, content);
export const bits = (content: Buffer | string, unused = 0): Buffer =>
  der(0x03, Buffer.from([unused]), content);
export const boolean = (value: boolean): Buffer => der(0x01, value ? '\u00ff' : '\0');
export const nothing = der(0x05);

/** A context tag: constructed if given parts, primitive if given text. */
export const explicit = (tag: number, ...parts: readonly Buffer[]): Buffer => der(0xa0 | tag, ...parts);
export const implicit = (tag: number, content: Buffer | string): Buffer => der(0x80 | tag, content);

export function integer(value: number | string): Buffer {
  if (typeof value === 'string') return der(0x02, Buffer.from(value, 'hex'));
  const hex = value.toString(16);
  const even = hex.padStart(hex.length + (hex.length % 2), '0');
  return der(0x02, Buffer.from(Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even, 'hex'));
}

export function oid(dotted: string): Buffer {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  const arcs = [first * 40n + second, ...rest].flatMap((arc) => {
    const septets = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) septets.unshift(Number(left & 0x7fn) | 0x80);
    return septets;
  });
  return der(0x06, Buffer.from(arcs));
}

/** @param at milliseconds since 1970 */
export function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return digits < '2050' ? der(0x17, digits.slice(2)) : der(0x18, digits);
}
