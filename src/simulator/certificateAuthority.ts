import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import forge from 'node-forge';
import {
  bytes,
  certificateExtensions,
  keyIdentifier,
  objectId,
  sequence,
  tagged,
  universal,
} from './certificateExtensions.ts';
import type { Asn1 } from './certificateExtensions.ts';

const { asn1 } = forge;
const { Class, Type } = asn1;

const DAY = 86_400_000;

export type LeafKeyType = 'rsa' | 'ec' | 'ed25519';

export interface CertificateRequest {
  readonly commonName: string;
  readonly organisation?: string;
  /** Default `ec` (P-256), which is quick to make. */
  readonly keyType?: LeafKeyType;
  readonly dnsNames?: readonly string[];
  /** IPv4 or IPv6, without brackets. */
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
  readonly usage: 'server' | 'client';
  /** Default: five minutes before now. */
  readonly notBefore?: Date;
  /** Default: 90 days from now. */
  readonly notAfter?: Date;
  /** True makes an issuing certificate, without extended key usage. Default false. */
  readonly ca?: boolean;
}

export interface IssuedCertificate {
  readonly certificatePem: string;
  /** PKCS #8, unencrypted. */
  readonly privateKeyPem: string;
}

/** A certificate authority for development and tests. Its key lives in memory only. */
export interface CertificateAuthority {
  readonly certificatePem: string;
  /** Throws TypeError for an IP address that is none. */
  issue(request: CertificateRequest): IssuedCertificate;
}

/** Makes a self-signed authority. */
export function createCertificateAuthority(options: {
  readonly commonName: string;
  /** Default `ec` (P-256). */
  readonly keyType?: 'rsa' | 'ec';
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Default: a year before now, so that expired leaves can be issued too. */
  readonly notBefore?: Date;
  /** Default: ten years from now. */
  readonly notAfter?: Date;
}): CertificateAuthority {
  const { now, keyType = 'ec' } = options;
  const privateKey = generatePrivateKey(keyType);
  const subject = distinguishedName(options.commonName, undefined);
  const spki = publicKeyInfo(privateKey);
  const authorityKeyId = keyIdentifier(spki);

  function certify(
    request: Omit<CertificateRequest, 'usage'> & { usage?: 'server' | 'client' },
    key: Uint8Array,
  ): string {
    return signedCertificate(privateKey, {
      issuer: subject,
      subject: distinguishedName(request.commonName, request.organisation),
      spki: key,
      notBefore: request.notBefore ?? new Date(now() - 5 * 60_000),
      notAfter: request.notAfter ?? new Date(now() + 90 * DAY),
      extensions: certificateExtensions({
        ca: request.ca ?? false,
        keyType: request.keyType ?? 'ec',
        usage: request.ca === true ? undefined : request.usage,
        subjectKeyId: keyIdentifier(key),
        authorityKeyId,
        dnsNames: request.dnsNames ?? [],
        ipAddresses: request.ipAddresses ?? [],
        uris: request.uris ?? [],
      }),
    });
  }

  return {
    certificatePem: certify(
      {
        commonName: options.commonName,
        keyType,
        ca: true,
        notBefore: options.notBefore ?? new Date(now() - 365 * DAY),
        notAfter: options.notAfter ?? new Date(now() + 3650 * DAY),
      },
      spki,
    ),
    issue(request) {
      const leafKey = generatePrivateKey(request.keyType ?? 'ec');
      return {
        certificatePem: certify(request, publicKeyInfo(leafKey)),
        privateKeyPem: leafKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

function generatePrivateKey(keyType: LeafKeyType): KeyObject {
  switch (keyType) {
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    case 'ec':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey;
  }
}

function publicKeyInfo(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
}

function distinguishedName(commonName: string, organisation: string | undefined): Asn1 {
  const attributes = [
    ...(organisation === undefined ? [] : [{ oid: '2.5.4.10', value: organisation }]),
    { oid: '2.5.4.3', value: commonName },
  ];
  return sequence(
    attributes.map(({ oid, value }) =>
      asn1.create(Class.UNIVERSAL, Type.SET, true, [
        sequence([objectId(oid), universal(Type.UTF8, forge.util.encodeUtf8(value))]),
      ]),
    ),
  );
}

function signedCertificate(
  issuerKey: KeyObject,
  parts: { issuer: Asn1; subject: Asn1; spki: Uint8Array; notBefore: Date; notAfter: Date; extensions: Asn1 },
): string {
  const algorithm = signatureAlgorithm(issuerKey);
  const tbs = sequence([
    tagged(0, [universal(Type.INTEGER, '\x02')]),
    universal(Type.INTEGER, bytes(serialNumber())),
    algorithm,
    parts.issuer,
    sequence([time(parts.notBefore), time(parts.notAfter)]),
    parts.subject,
    asn1.fromDer(bytes(parts.spki)),
    parts.extensions,
  ]);
  const signature = sign('sha256', Buffer.from(asn1.toDer(tbs).getBytes(), 'latin1'), issuerKey);
  const certificate = sequence([tbs, algorithm, universal(Type.BITSTRING, `\0${bytes(signature)}`)]);
  const base64 = Buffer.from(asn1.toDer(certificate).getBytes(), 'latin1').toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function signatureAlgorithm(key: KeyObject): Asn1 {
  return key.asymmetricKeyType === 'rsa'
    ? sequence([objectId('1.2.840.113549.1.1.11'), universal(Type.NULL, '')])
    : sequence([objectId('1.2.840.10045.4.3.2')]);
}

/** 127 random bits, positive, and never with a leading zero byte. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  return serial;
}

/** RFC 5280 section 4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050 (and before 1950). */
function time(date: Date): Asn1 {
  const year = date.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? universal(Type.UTCTIME, asn1.dateToUtcTime(date))
    : universal(Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date));
}
