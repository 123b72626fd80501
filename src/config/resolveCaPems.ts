import { parsePemCertificates } from './parsePemCertificates.ts';
import type { Path, Resolution } from './resolution.ts';

/** Reads CA certificates, each as PEM. Undefined if no file is named, or, with a problem recorded, it is of no use. */
export function resolveCaPems(
  caFile: string | undefined,
  at: Path,
  resolution: Resolution,
): readonly string[] | undefined {
  const text = caFile === undefined ? undefined : resolution.readFile(at, caFile)?.toString();
  if (text === undefined) return undefined;
  const parsed = parsePemCertificates(text);
  if (parsed.ok) return parsed.certificates.map(String);
  resolution.problem(at, `names a file ${parsed.problem}`);
  return undefined;
}
