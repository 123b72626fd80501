import { readAuthorities } from '../tls/certificateTrust.ts';
import type { CertificateTrustConfig } from './certificateTrustSchema.ts';
import { findAuthorityFault } from './findAuthorityFault.ts';
import { parsePemCertificates } from './parsePemCertificates.ts';
import { resolveRevocation } from './resolveRevocation.ts';
import type { Path, Resolution } from './resolution.ts';

/** Reads the files of authorities and revocation lists that stand at `at`. */
export function resolveTrust(
  trust: CertificateTrustConfig,
  at: Path,
  resolution: Resolution,
): ReturnType<typeof resolveRevocation> {
  const read = (kind: 'anchors' | 'intermediates'): readonly string[] =>
    trust[kind].flatMap((file, position) =>
      readAuthorityFile(file, kind, [...at, kind, position], resolution),
    );
  const authorities = { anchors: read('anchors'), intermediates: read('intermediates') };
  return resolveRevocation(trust, authorities, at, resolution);
}

/** The certificates of one file, PEM. Nothing that could never lead anywhere is taken. */
function readAuthorityFile(
  file: string,
  kind: 'anchors' | 'intermediates',
  at: Path,
  resolution: Resolution,
): readonly string[] {
  const text = resolution.readFile(at, file)?.toString();
  if (text === undefined) return [];
  const parsed = parsePemCertificates(text);
  if (!parsed.ok) {
    resolution.problem(at, `names a file ${parsed.problem}`);
    return [];
  }
  const pems = parsed.certificates.map(String);
  pems.forEach((pem, index) => {
    const which = pems.length === 1 ? 'its certificate' : `its certificate ${index + 1} of ${pems.length}`;
    checkAuthority(pem, which, kind, at, resolution);
  });
  return pems;
}

function checkAuthority(
  pem: string,
  which: string,
  kind: 'anchors' | 'intermediates',
  at: Path,
  { problem, warning, now }: Resolution,
): void {
  try {
    for (const authority of readAuthorities(pem)) {
      const fault = findAuthorityFault(authority, kind === 'anchors');
      if (fault !== undefined) {
        problem(at, `names a file of no use: ${which} ${fault}; this gate never accepts a path through it`);
      } else if (authority.notAfter < now()) {
        // A former intermediate does no harm beside its successor; an anchor is believed for as long as it stands here.
        const report = kind === 'anchors' ? problem : warning;
        report(at, `names a file of which ${which} has expired; no path through it is accepted any more`);
      }
    }
  } catch (error) {
    problem(at, `names a file that is no list of CA certificates: ${(error as Error).message}`);
  }
}
