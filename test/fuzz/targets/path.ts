import { X509Certificate, type KeyObject } from 'node:crypto';
import {
  findDeviceIds,
  DEVICE_ID_RULES,
  type CertificateDeviceIds,
} from '../../../src/node/certificateDeviceIds.ts';
import { readCertificate } from '../../../src/tls/certificate.ts';
import {
  createPathValidator,
  type PathValidator,
  type PathVerdict,
} from '../../../src/tls/certificatePath.ts';
import { NOW, pemOf, SIGNERS } from '../../support/certificateBuilder.ts';
import { bits, sequence } from '../../support/derBuilder.ts';
import { certificates, deviceCertificates, guidBytes, middle, root, TENANT_ID } from '../corpus.ts';
import type { FuzzTarget } from '../fuzzTarget.ts';
import { mutateDer } from '../mutateDer.ts';
import type { Random } from '../random.ts';
import { isCanonical } from './asn1.ts';

/**
 * Whole paths, from bytes to device ids. What is changed is signed again, or nothing behind the signature would ever be reached. An
 * input is an anchor, a CA and a leaf, each with its length in four bytes before it.
 */
export const path: FuzzTarget = {
  name: 'path',
  share: 5,
  make(random) {
    const leaf = random.pick(deviceCertificates).der;
    const changesCa = random.oneIn(3);
    const ca = changesCa ? signAgain(middle.der, root.key, random) : middle.der;
    const end = changesCa && random.oneIn(2) ? leaf : signAgain(leaf, middle.key, random);
    return bundle([root.der, ca, end]);
  },
  check(input) {
    const [anchor, ca, leaf] = unbundle(input);
    if (anchor === undefined || ca === undefined || leaf === undefined) return undefined;
    const first = judge(anchor, ca, leaf);
    if (JSON.stringify(first) !== JSON.stringify(judge(anchor, ca, leaf)))
      return 'judged twice, it is two things';
    if (first?.verdict.valid !== true) return undefined;
    if (!isCanonical(leaf)) return 'it is not written in the one way of DER';
    if (![anchor, ca].some((issuer) => isSignedBy(leaf, issuer))) return 'nobody has signed it';
    if (!first.ids.ok) return undefined;
    return first.ids.ids.every(({ id }) => holds(leaf, id)) ? undefined : 'the device id is not in it';
  },
};

interface Judgement {
  readonly verdict: PathVerdict;
  readonly ids: CertificateDeviceIds;
}

function judge(anchor: Buffer, ca: Buffer, leaf: Buffer): Judgement | undefined {
  const certificate = readCertificate(leaf);
  if (certificate === undefined) return undefined;
  const validator = validatorOf(anchor, ca);
  return {
    verdict: validator.validate(certificate, { at: NOW, purpose: 'client' }),
    ids: findDeviceIds(certificate, DEVICE_ID_RULES, { tenantId: TENANT_ID }),
  };
}

let last: { readonly authorities: Buffer; readonly validator: PathValidator } | undefined;

/** Most inputs have the same authorities as the one before. */
function validatorOf(anchor: Buffer, ca: Buffer): PathValidator {
  const authorities = bundle([anchor, ca]);
  if (last?.authorities.equals(authorities) !== true) {
    const [anchors, intermediates] = [[pemOf(anchor, 'CERTIFICATE')], [pemOf(ca, 'CERTIFICATE')]];
    last = { authorities, validator: createPathValidator({ anchors, intermediates }) };
  }
  return last.validator;
}

/** Changes what is signed and signs it. The algorithm inside is left alone: it is the first field but two or three. */
function signAgain(der: Buffer, key: KeyObject, random: Random): Buffer {
  const tbs = mutateDer(tbsOf(der), tbsOf(random.pick(certificates)), random);
  const signer = SIGNERS.ecdsaSha256;
  return sequence(tbs, signer.algorithm, bits(signer.sign(tbs, key)));
}

function tbsOf(der: Buffer): Buffer {
  // Both lengths take two bytes in certificates of this size; others are changed as they are.
  const start = 4;
  return der[1] === 0x82 && der[start + 1] === 0x82
    ? der.subarray(start, start + 4 + der.readUInt16BE(start + 2))
    : der;
}

function isSignedBy(leaf: Buffer, issuer: Buffer): boolean {
  try {
    return new X509Certificate(leaf).verify(new X509Certificate(issuer).publicKey);
  } catch {
    return false;
  }
}

/** As text of one byte or of several a character, or as bytes in Microsoft's order. */
function holds(der: Buffer, id: string): boolean {
  const text = der.toString('latin1').toLowerCase();
  return text.includes(id) || text.replaceAll('\0', '').includes(id) || der.includes(guidBytes(id));
}

function bundle(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

function unbundle(input: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= input.length;) {
    const end = at + 4 + input.readUInt32BE(at);
    if (end > input.length) break;
    found.push(input.subarray(at + 4, end));
    at = end;
  }
  return found;
}
