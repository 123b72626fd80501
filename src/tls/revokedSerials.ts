import { addExtension } from './certificate.ts';
import type { CertificateExtension } from './certificateExtensions.ts';
import { parseDer, sequenceOf } from './der.ts';
import { readHeader, type Header } from './derBytes.ts';

export interface RevokedSerials {
  /** Bytes of the INTEGERs as they are, lower-case hex. */
  readonly serials: ReadonlySet<string>;
  /** Why the list they are from cannot be used, if so. */
  readonly unusable: string | undefined;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

const REASON = '2.5.29.21';
const REMOVE_FROM_LIST = '0a0108';
/** Extensions with nothing but a reason that is not critical, up to the reason itself: what nearly every entry has. */
const ONLY_A_REASON = Buffer.from('300c300a0603551d1504030a01', 'hex');
const REMOVED = 8;

/**
 * Reads the entries of a revocation list (`revokedCertificates`), known to be DER. A list may have hundreds of thousands, so they are
 * read where they stand. Every reason counts as revoked, "on hold" too; only in a delta is there one for "revoked no more" (RFC 5280
 * 5.3.1), and a delta never clears a certificate.
 *
 * @throws Error if they are malformed
 */
export function readRevokedSerials(list: Buffer | undefined, isDelta: boolean): RevokedSerials {
  const serials = new Set<string>();
  if (list === undefined) return { serials, unusable: undefined };
  let unusable: string | undefined;
  const outer = readHeader(list, 0, list.length);
  for (let position = outer.start; position < outer.end;) {
    const entry = expect(readHeader(list, position, outer.end), SEQUENCE);
    const serial = expect(readHeader(list, entry.start, entry.end), INTEGER);
    const date = readHeader(list, serial.end, entry.end);
    if (date.tag !== UTC_TIME && date.tag !== GENERALIZED_TIME) throw new Error('an entry has a date');
    const reason = readReason(list, date.end, entry.end);
    if (reason.isCritical) unusable = 'an entry has a critical extension';
    if (!isDelta || !reason.isRemoval) serials.add(list.toString('hex', serial.start, serial.end));
    position = entry.end;
  }
  return { serials, unusable };
}

interface EntryReason {
  readonly isRemoval: boolean;
  /** A critical extension changes what the entry means; "certificate issuer" even changes whose certificate it is. */
  readonly isCritical: boolean;
}

const NO_REASON: EntryReason = { isRemoval: false, isCritical: false };
const REMOVAL: EntryReason = { isRemoval: true, isCritical: false };

function readReason(list: Buffer, start: number, end: number): EntryReason {
  if (start === end) return NO_REASON;
  const { length } = ONLY_A_REASON;
  if (end === start + length + 1 && list.compare(ONLY_A_REASON, 0, length, start, start + length) === 0) {
    return list[end - 1] === REMOVED ? REMOVAL : NO_REASON;
  }
  const found = new Map<string, CertificateExtension>();
  for (const extension of sequenceOf(parseDer(list.subarray(start, end)))) addExtension(extension, found);
  return {
    isRemoval: found.get(REASON)?.value.toString('hex') === REMOVE_FROM_LIST,
    isCritical: [...found.values()].some(({ critical }) => critical),
  };
}

function expect(header: Header, tag: number): Header {
  if (header.tag !== tag) throw new Error('a value of another type was expected');
  return header;
}
