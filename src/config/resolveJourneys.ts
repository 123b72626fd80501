import type { ReadJourneys } from '../journeys/format/assembleJourneys.ts';
import { findJourneyFiles } from '../journeys/format/findJourneyFiles.ts';
import { readJourneys, type JourneyFile } from '../journeys/format/readJourneys.ts';
import type { DesignerNode } from '../journeys/scripted/designerNode.ts';
import { readDesignerNodes } from '../journeys/scripted/readDesignerNodes.ts';
import { parseSessionKey } from '../sessions/sessionKeys.ts';
import { journeys, type JourneysConfig } from './journeysSchema.ts';
import { parsePemCertificates } from './parsePemCertificates.ts';
import type { Resolution } from './resolution.ts';
import { resolveTrust } from './resolveTrust.ts';

/** Journeys as the gate runs them: files read, secrets resolved. Whether they can run is checked when the gate is put together. */
export interface JourneysSetup extends Omit<
  JourneysConfig,
  'files' | 'certificates' | 'variables' | 'secrets' | 'sessions' | 'scripts'
> {
  readonly read: ReadJourneys;
  /** Node types that came along with the journeys. */
  readonly designerNodes: readonly DesignerNode[];
  /** What is believed of certificates that nodes handle; undefined for nothing. */
  readonly certificates: CertificatesSetup | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly scripts: Omit<JourneysConfig['scripts'], 'secrets' | 'caFile'> & {
    readonly secrets: Readonly<Record<string, string>>;
    readonly extraCaPems: readonly string[];
  };
  readonly sessions: Omit<JourneysConfig['sessions'], 'keyFiles'> & {
    /** PEM private keys, each of which can be read. */
    readonly keyPems: readonly string[];
  };
}

export type CertificatesSetup = ReturnType<typeof resolveTrust> &
  Pick<NonNullable<JourneysConfig['certificates']>, 'profile' | 'encoding'>;

const SHORTEST_SECRET = 32;

/** Journeys that no configuration names, with every setting at its default. */
export function defaultJourneysSetup(
  read: ReadJourneys,
  designerNodes: readonly DesignerNode[] = [],
): JourneysSetup {
  const {
    files: _files,
    certificates: _certificates,
    sessions,
    scripts,
    ...rest
  } = journeys.parse({ files: ['.'] });
  const { keyFiles: _keyFiles, ...session } = sessions;
  return {
    ...rest,
    read,
    designerNodes,
    certificates: undefined,
    variables: {},
    secrets: [],
    scripts: { ...scripts, secrets: {}, extraCaPems: [] },
    sessions: { ...session, keyPems: [] },
  };
}

/** Reads the files of journeys, and resolves the secrets around them. */
export function resolveJourneys(
  config: JourneysConfig | undefined,
  resolution: Resolution,
): JourneysSetup | undefined {
  if (config === undefined) return undefined;
  const { files, certificates, variables, secrets, sessions, scripts, ...rest } = config;
  const { problem, readSecret } = resolution;
  const found = files.flatMap((file, index) => {
    const result = findJourneyFiles(resolution.locate(file), resolution.noteFile);
    if (result.ok) return result.files;
    problem(['journeys', 'files', index], `names a file that cannot be read: ${result.problem}`);
    return [];
  });
  const { keyFiles, ...session } = sessions;
  return {
    ...rest,
    ...readJourneysAndTypes(found),
    certificates: certificates && {
      ...certificates,
      ...resolveTrust(certificates.trust, ['journeys', 'certificates', 'trust'], resolution),
    },
    scripts: resolveScripts(scripts, resolution),
    variables: Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : (readSecret(['journeys', 'variables', name], value) ?? ''),
      ]),
    ),
    secrets: secrets.flatMap((reference, index) => {
      const value = readSecret(['journeys', 'secrets', index], reference);
      if (value !== undefined && value.length < SHORTEST_SECRET)
        problem(['journeys', 'secrets', index], 'is shorter than 32 characters (see `intune-gate key`)');
      return value ?? [];
    }),
    sessions: {
      ...session,
      keyPems: keyFiles.flatMap((file, index) => readKeyPem(file, index, resolution)),
    },
  };
}

/** Journeys of files, and the node types that come along. */
export function readJourneysAndTypes(
  files: readonly JourneyFile[],
): Pick<JourneysSetup, 'read' | 'designerNodes'> {
  const designer = readDesignerNodes(files);
  const read = readJourneys(designer.rest);
  return {
    designerNodes: designer.nodes,
    read: { ...read, findings: [...designer.findings, ...read.findings] },
  };
}

function resolveScripts(
  { secrets, caFile, ...rest }: JourneysConfig['scripts'],
  { readSecret, readFile, problem }: Resolution,
): JourneysSetup['scripts'] {
  const at = ['journeys', 'scripts'];
  const pem = caFile === undefined ? undefined : readFile([...at, 'caFile'], caFile)?.toString();
  const parsed = pem === undefined ? undefined : parsePemCertificates(pem);
  if (parsed?.ok === false) problem([...at, 'caFile'], `names a file ${parsed.problem}`);
  return {
    ...rest,
    extraCaPems: parsed?.ok === true ? parsed.certificates.map(String) : [],
    secrets: Object.fromEntries(
      Object.entries(secrets).map(([label, reference]) => [
        label,
        readSecret([...at, 'secrets', label], reference) ?? '',
      ]),
    ),
  };
}

function readKeyPem(file: string, index: number, resolution: Resolution): readonly string[] {
  const at = ['journeys', 'sessions', 'keyFiles', index];
  const pem = resolution.readFile(at, file)?.toString();
  if (pem === undefined) return [];
  try {
    parseSessionKey(pem);
  } catch {
    resolution.problem(at, 'names a file that is no PEM private key of P-256 or Ed25519');
    return [];
  }
  resolution.keepSecret(pem);
  return [pem];
}
