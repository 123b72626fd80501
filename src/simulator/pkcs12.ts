import { createHash, createHmac, randomBytes, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { bytes, objectId, sequence, tagged, universal, type Asn1 } from './certificateExtensions.ts';

const { asn1 } = forge;
const { Class, Type } = asn1;

export interface Pkcs12Request {
  readonly certificatePem: string;
  /** PKCS #8, unencrypted. */
  readonly privateKeyPem: string;
  /** Printable ASCII. */
  readonly passphrase: string;
  /** What lists of certificates show. */
  readonly name: string;
}

const DATA = '1.2.840.113549.1.7.1';
const KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
const X509 = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';
const SHA1 = '1.3.14.3.2.26';
const ITERATIONS = 2_048;

/**
 * A PKCS#12 file (RFC 7292) with a certificate and its key, as browsers and systems import them. The certificate goes in byte for byte,
 * which forge's own writer does not do; the old algorithms are those that every keychain reads, and protect nothing but a demo.
 */
export function createPkcs12({ certificatePem, privateKeyPem, passphrase, name }: Pkcs12Request): Buffer {
  const { raw } = new X509Certificate(certificatePem);
  const attributes = set([
    attribute(FRIENDLY_NAME, universal(Type.BMPSTRING, bytes(bmp(name)))),
    attribute(LOCAL_KEY_ID, octets(createHash('sha1').update(raw).digest())),
  ]);
  const key = forge.pki.encryptPrivateKeyInfo(
    asn1.fromDer(forge.pem.decode(privateKeyPem)[0]?.body ?? ''),
    passphrase,
    { algorithm: '3des', count: ITERATIONS },
  );
  const certificate = sequence([objectId(X509), tagged(0, [octets(raw)])]);
  const safe = der(
    sequence([
      content(sequence([sequence([objectId(CERTIFICATE_BAG), tagged(0, [certificate]), attributes])])),
      content(sequence([sequence([objectId(KEY_BAG), tagged(0, [key]), attributes])])),
    ]),
  );
  const salt = randomBytes(20);
  const mac = createHmac('sha1', macKey(passphrase, salt)).update(safe).digest();
  const algorithm = sequence([objectId(SHA1), universal(Type.NULL, '')]);
  return der(
    sequence([
      integer(3),
      sequence([objectId(DATA), tagged(0, [octets(safe)])]),
      sequence([sequence([algorithm, octets(mac)]), octets(salt), integer(ITERATIONS)]),
    ]),
  );
}

function content(value: Asn1): Asn1 {
  return sequence([objectId(DATA), tagged(0, [octets(der(value))])]);
}

function attribute(type: string, value: Asn1): Asn1 {
  return sequence([objectId(type), set([value])]);
}

/** RFC 7292 appendix B.2, for the one block that a key of SHA-1 is. */
function macKey(passphrase: string, salt: Uint8Array): Buffer {
  const block = 64;
  const fill = (part: Uint8Array): Buffer => Buffer.alloc(Math.ceil(part.length / block) * block, part);
  const password = Buffer.concat([bmp(passphrase), Buffer.alloc(2)]);
  let key: Buffer = Buffer.concat([Buffer.alloc(block, 3), fill(salt), fill(password)]);
  for (let turn = 0; turn < ITERATIONS; turn += 1) key = createHash('sha1').update(key).digest();
  return key;
}

/** UTF-16, big endian. */
function bmp(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

function set(values: Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SET, true, values);
}

function octets(value: Uint8Array): Asn1 {
  return universal(Type.OCTETSTRING, bytes(value));
}

function integer(value: number): Asn1 {
  return universal(Type.INTEGER, asn1.integerToDer(value).getBytes());
}

function der(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
}
