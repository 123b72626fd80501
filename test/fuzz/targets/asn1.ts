import { isDeepStrictEqual } from 'node:util';
import forge from 'node-forge';
import { readCertificate, type Certificate } from '../../../src/tls/certificate.ts';
import { certificates } from '../corpus.ts';
import type { FuzzTarget } from '../fuzzTarget.ts';
import { mutateBytes } from '../mutateBytes.ts';
import { mutateDer } from '../mutateDer.ts';

/** The bytes of a certificate. */
export const asn1: FuzzTarget = {
  name: 'asn1',
  share: 20,
  make(random) {
    const [bytes, donor] = [random.pick(certificates), random.pick(certificates)];
    return random.oneIn(4) ? mutateBytes(bytes, donor, random) : mutateDer(bytes, donor, random);
  },
  check(input) {
    const read = readCertificate(input);
    if (!isDeepStrictEqual(factsOf(read), factsOf(readCertificate(input))))
      return 'read twice, it is two things';
    if (read === undefined) return undefined;
    if (!read.x509.raw.equals(input)) return 'Node sees other bytes';
    return isCanonical(input) ? undefined : 'it is not written in the one way of DER';
  },
};

function factsOf(read: Certificate | undefined): unknown {
  if (read === undefined) return undefined;
  const { x509: _, ...facts } = read;
  return facts;
}

/** Written again by another implementation, the bytes are the same. It decodes text of two bytes a character, which is left out. */
export function isCanonical(bytes: Buffer): boolean {
  const parsed = forge.asn1.fromDer(bytes.toString('latin1'), { decodeBitStrings: false } as never);
  return Buffer.from(forge.asn1.toDer(parsed).getBytes(), 'latin1').equals(bytes);
}
