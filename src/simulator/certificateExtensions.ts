import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

const { asn1 } = forge;
const { Class, Type } = asn1;

export type Asn1 = forge.asn1.Asn1;

export interface ExtensionInput {
  readonly ca: boolean;
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  /** `undefined` for an authority. */
  readonly usage: 'server' | 'client' | undefined;
  readonly subjectKeyId: Buffer;
  readonly authorityKeyId: Buffer;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
}

/** The v3 extensions of a certificate, RFC 5280 section 4.2, under their explicit tag. */
export function certificateExtensions(input: ExtensionInput): Asn1 {
  const extensions = [
    extension('2.5.29.19', true, sequence(input.ca ? [universal(Type.BOOLEAN, '\xff')] : [])),
    extension('2.5.29.15', true, keyUsage(input)),
    ...(input.usage === undefined ? [] : [extension('2.5.29.37', false, extendedKeyUsage(input.usage))]),
    extension('2.5.29.14', false, universal(Type.OCTETSTRING, bytes(input.subjectKeyId))),
    extension('2.5.29.35', false, sequence([tagged(0, bytes(input.authorityKeyId))])),
    ...subjectAltName(input),
  ];
  return tagged(3, [sequence(extensions)]);
}

/** A name for a public key, RFC 7093 section 2 method 4: a hash of the whole SubjectPublicKeyInfo. */
export function keyIdentifier(spkiDer: Uint8Array): Buffer {
  return createHash('sha256').update(spkiDer).digest().subarray(0, 20);
}

export function sequence(values: Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, values);
}

export function universal(type: forge.asn1.Type, value: string): Asn1 {
  return asn1.create(Class.UNIVERSAL, type, false, value);
}

export function objectId(dotted: string): Asn1 {
  return universal(Type.OID, asn1.oidToDer(dotted).getBytes());
}

/** forge keeps bytes in strings, one character each. */
export function bytes(buffer: Uint8Array): string {
  return Buffer.from(buffer).toString('latin1');
}

function extension(oid: string, critical: boolean, value: Asn1): Asn1 {
  return sequence([
    objectId(oid),
    ...(critical ? [universal(Type.BOOLEAN, '\xff')] : []),
    universal(Type.OCTETSTRING, asn1.toDer(value).getBytes()),
  ]);
}

/** A context tag is a bare number; forge's types want the universal type that has the same one. */
const CONTEXT_TAGS = {
  0: Type.NONE,
  2: Type.INTEGER,
  3: Type.BITSTRING,
  6: Type.OID,
  7: Type.ODESC,
} as const;

export function tagged(tag: keyof typeof CONTEXT_TAGS, value: string | Asn1[]): Asn1 {
  return asn1.create(Class.CONTEXT_SPECIFIC, CONTEXT_TAGS[tag], typeof value !== 'string', value);
}

function keyUsage({ ca, keyType, usage }: ExtensionInput): Asn1 {
  // The first byte counts unused bits; DER wants trailing zero bits left out.
  if (ca) return universal(Type.BITSTRING, '\x01\x06'); // keyCertSign, cRLSign
  const encipherment = keyType === 'rsa' && usage === 'server';
  return universal(Type.BITSTRING, encipherment ? '\x05\xa0' : '\x07\x80'); // digitalSignature [, keyEncipherment]
}

function extendedKeyUsage(usage: 'server' | 'client'): Asn1 {
  return sequence([objectId(usage === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2')]);
}

function subjectAltName({ dnsNames, ipAddresses, uris }: ExtensionInput): Asn1[] {
  const names = [
    ...dnsNames.map((name) => tagged(2, name)),
    ...uris.map((uri) => tagged(6, uri)),
    ...ipAddresses.map((address) => tagged(7, ipBytes(address))),
  ];
  return names.length === 0 ? [] : [extension('2.5.29.17', false, sequence(names))];
}

function ipBytes(address: string): string {
  if (isIP(address) === 0) throw new TypeError(`not an IP address: ${address}`);
  return String.fromCharCode(...(isIP(address) === 4 ? ipv4Bytes(address) : ipv6Bytes(address)));
}

function ipv4Bytes(address: string): number[] {
  return address.split('.').map(Number);
}

/** Takes any valid form: `::` once, and a dotted IPv4 tail. */
function ipv6Bytes(address: string): number[] {
  const [head = [], tail] = address.split('::').map((half) =>
    half
      .split(':')
      .filter((group) => group !== '')
      .flatMap((group) => {
        if (group.includes('.')) return ipv4Bytes(group);
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
      }),
  );
  if (tail === undefined) return head;
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
}
