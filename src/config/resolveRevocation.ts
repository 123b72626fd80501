import { readAuthorities, type CertificateTrustOptions } from '../tls/certificateTrust.ts';
import type { Certificate } from '../tls/certificate.ts';
import { pemBlocks } from '../tls/pem.ts';
import { isOfAnotherKey, readRevocationList, type RevocationList } from '../tls/revocationList.ts';
import type { CertificateTrustConfig } from './certificateTrustSchema.ts';
import type { RevocationSetup } from './gateConfig.ts';
import type { Path, Resolution } from './resolution.ts';

type Authorities = Pick<CertificateTrustOptions, 'anchors' | 'intermediates'>;

const LARGEST_LIST_FILE = 33_554_432;
const SEQUENCE = 0x30;

/** Reads the revocation lists of a certificate source, and says what is to be asked beside them. */
export function resolveRevocation(
  { crl, ocsp }: CertificateTrustConfig,
  authorities: Authorities,
  at: Path,
  resolution: Resolution,
): { readonly trust: CertificateTrustOptions; readonly revocation: RevocationSetup } {
  const policyOf = { refuse: 'require', accept: 'whenPresent' } as const;
  const lists = (crl?.files ?? []).flatMap((file, position) =>
    readListFile(file, authorities, [...at, 'crl', 'files', position], resolution),
  );
  const isFetched = crl !== undefined && crl.urls.length + crl.hosts.length > 0;
  return {
    trust: {
      ...authorities,
      crls: lists,
      ...(crl === undefined ? {} : { crlPolicy: policyOf[crl.whenMissing] }),
      ...(ocsp === undefined
        ? {}
        : { ocspPolicy: policyOf[ocsp.whenMissing], ocspMaxAgeMs: ocsp.maxAgeSeconds * 1_000 }),
    },
    revocation: {
      ...(isFetched ? { crl: { urls: crl.urls, hosts: crl.hosts } } : {}),
      ...(ocsp === undefined
        ? {}
        : {
            ocsp: {
              url: ocsp.url,
              hosts: ocsp.hosts,
              maxAgeMs: ocsp.maxAgeSeconds * 1_000,
              nonce: ocsp.nonce,
            },
          }),
    },
  };
}

/** The lists of one file, each as the base64 of its DER. None that could never say anything is taken. */
function readListFile(
  file: string,
  authorities: Authorities,
  at: Path,
  resolution: Resolution,
): readonly string[] {
  const bytes = resolution.readFile(at, file, 'names', LARGEST_LIST_FILE);
  if (bytes === undefined) return [];
  const text = bytes.toString('latin1');
  const blocks = bytes[0] === SEQUENCE ? [bytes] : pemBlocks(text, 'X509 CRL');
  const begun = bytes[0] === SEQUENCE ? 1 : [...text.matchAll(/-BEGIN [A-Z0-9 ]*CRL/g)].length;
  if (begun > blocks.length) {
    // A block without its end is passed over by whoever reads PEM.
    resolution.problem(at, `names a file in which ${begun - blocks.length} of ${begun} lists are cut off`);
    return [];
  }
  if (blocks.length === 0) {
    resolution.problem(at, 'names a file without a revocation list (PEM or DER)');
    return [];
  }
  return blocks.flatMap((block, index) => {
    const which = blocks.length === 1 ? 'its list' : `its list ${index + 1} of ${blocks.length}`;
    const list = block === undefined ? undefined : readRevocationList(block);
    if (block === undefined || list === undefined) {
      resolution.problem(
        at,
        `names a file of which ${which} cannot be read: cut off, damaged or of version 1`,
      );
      return [];
    }
    checkList(list, which, authorities, at, resolution);
    return [block.toString('base64')];
  });
}

function checkList(
  list: RevocationList,
  which: string,
  authorities: Authorities,
  at: Path,
  { problem, warning, now }: Resolution,
): void {
  if (list.unusable !== undefined) {
    problem(at, `names a file of which ${which} can never be used: ${list.unusable}`);
  } else if (!readAll(authorities).some((authority) => isSignedBy(list, authority))) {
    problem(at, `names a file of which ${which} is signed by none of the anchors and intermediates`);
  } else if (list.nextUpdate === undefined) {
    problem(at, `names a file of which ${which} does not say until when it is good (nextUpdate)`);
  } else if (list.nextUpdate <= now()) {
    warning(at, `names a file of which ${which} is out of date; it still revokes, but vouches for nobody`);
  }
}

function isSignedBy(list: RevocationList, authority: Certificate): boolean {
  return (
    authority.subjectName.key === list.issuerKey &&
    !isOfAnotherKey(list, authority) &&
    list.isSignedBy(authority.x509.publicKey)
  );
}

/** Those that cannot be read have been reported already. */
function readAll({ anchors, intermediates }: Authorities): readonly Certificate[] {
  return [...anchors, ...intermediates].flatMap((pem) => {
    try {
      return readAuthorities(pem);
    } catch {
      return [];
    }
  });
}
