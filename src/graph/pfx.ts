import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { GateError } from '../errors.ts';

export interface PfxContents {
  /** The certificate of the key first, then whatever else the file holds of its chain. */
  readonly certificatePem: string;
  /** Unencrypted PKCS#8. */
  readonly privateKeyPem: string;
}

/**
 * Pure: takes a PKCS#12 file (.pfx, .p12) apart. Throws `GateError` `configUnreadable` and says whether the passphrase is wrong, the
 * key is missing, or there are several.
 */
export function parsePfx(bytes: Uint8Array, passphrase: string): PfxContents {
  const pfx = open(bytes, passphrase);
  const keys = bagsOf(pfx, [forge.pki.oids['pkcs8ShroudedKeyBag'], forge.pki.oids['keyBag']]).map(keyOf);
  const [key, another] = keys;
  if (key === undefined) throw unreadable('The PFX file holds no private key; export it with its key.');
  if (another !== undefined)
    throw unreadable('The PFX file holds several private keys; export one of them alone.');
  const certificates = bagsOf(pfx, [forge.pki.oids['certBag']]).map(certificateOf);
  const own = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined) throw unreadable('The PFX file holds no certificate for its private key.');
  const chain = [own, ...certificates.filter((certificate) => certificate !== own)];
  return {
    certificatePem: chain.map((certificate) => certificate.toString()).join(''),
    privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function open(bytes: Uint8Array, passphrase: string): forge.pkcs12.Pkcs12Pfx {
  let outer: forge.asn1.Asn1;
  try {
    outer = forge.asn1.fromDer(Buffer.from(bytes).toString('binary'));
  } catch {
    throw unreadable('The file is no PFX file (PKCS#12).');
  }
  try {
    return forge.pkcs12.pkcs12FromAsn1(outer, passphrase);
  } catch (error) {
    const text = error instanceof Error ? error.message : '';
    if (/password|MAC|decrypt/i.test(text)) throw unreadable('The passphrase of the PFX file is wrong.');
    throw unreadable('The file is no PFX file (PKCS#12) this program can read.');
  }
}

function bagsOf(
  pfx: forge.pkcs12.Pkcs12Pfx,
  types: readonly (string | undefined)[],
): readonly forge.pkcs12.Bag[] {
  return types.flatMap((bagType) => (bagType === undefined ? [] : (pfx.getBags({ bagType })[bagType] ?? [])));
}

/** forge only knows RSA; what it does not know it leaves as ASN.1, and `node:crypto` reads that. */
function keyOf(bag: forge.pkcs12.Bag): KeyObject {
  const asn1 = bag.key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key)) : bag.asn1;
  try {
    return createPrivateKey({ key: derOf(asn1), format: 'der', type: 'pkcs8' });
  } catch {
    throw unreadable('The private key in the PFX file cannot be read.');
  }
}

function certificateOf(bag: forge.pkcs12.Bag): X509Certificate {
  const asn1 = bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1;
  try {
    return new X509Certificate(derOf(asn1));
  } catch {
    throw unreadable('A certificate in the PFX file cannot be read.');
  }
}

function derOf(asn1: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}

function unreadable(message: string): GateError {
  return new GateError('configUnreadable', message);
}
