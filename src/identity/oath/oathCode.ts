import { createHmac } from 'node:crypto';

export type OathHash = 'sha1' | 'sha256' | 'sha512';

export interface OathCodeOptions {
  readonly digits: 6 | 8;
  /** Default: sha1, the only one RFC 4226 knows. */
  readonly hash?: OathHash;
  /** From 0 to 15 reads the code there; anything else finds the place as RFC 4226 does, in the last four bits of the MAC. */
  readonly truncationOffset?: number;
  /** Appends the check digit of RFC 4226, so that the code is one digit longer. Default: false. */
  readonly addChecksum?: boolean;
}

/** The one-time code of a moving factor: a counter (RFC 4226), or a time step (RFC 6238). */
export function oathCode(secret: Uint8Array, movingFactor: number, options: OathCodeOptions): string {
  const { digits, hash = 'sha1', truncationOffset = -1, addChecksum = false } = options;
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(movingFactor));
  const mac = createHmac(hash, secret).update(message).digest();
  const offset =
    truncationOffset >= 0 && truncationOffset <= 15 ? truncationOffset : mac.readUInt8(mac.length - 1) & 0x0f;
  const code = (mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits;
  const text = String(code).padStart(digits, '0');
  return addChecksum ? text + checkDigit(text) : text;
}

/** The credit card checksum: every second digit from the right is doubled. */
function checkDigit(text: string): string {
  const sum = Array.from(text)
    .toReversed()
    .reduce((total, digit, index) => {
      const value = index % 2 === 0 ? Number(digit) * 2 : Number(digit);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return String((10 - (sum % 10)) % 10);
}
