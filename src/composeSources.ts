import type { DeviceIdSetup } from './config/gateConfig.ts';
import type { CertificateReading } from './node/certificateReader.ts';
import type { DeviceIdKind } from './node/deviceId.ts';
import type { DeviceIdSource } from './node/deviceIdSource.ts';
import type { RevocationSource } from './node/revocationSource.ts';
import { createCertificateSource } from './node/sources/certificateSource.ts';
import { createConnectionSource } from './node/sources/connectionSource.ts';
import { createHeaderSource } from './node/sources/headerSource.ts';
import { createSharedStateSource } from './node/sources/sharedStateSource.ts';
import { genericFormat } from './tls/forwarded/generic.ts';
import type { ForwardedFormat } from './tls/forwardedFormat.ts';
import { findForwardedFormat } from './tls/forwardedFormats.ts';

type TrustingSetup = Extract<DeviceIdSetup, { trust: unknown }>;
type CertificateSetup = Extract<DeviceIdSetup, { source: 'certificate' }>;

/** What the sources of a node have in common. */
export interface SourceSurroundings {
  /** Entra tenant of the node. */
  readonly tenantId: string | undefined;
  /** Where a source of certificates looks for evidence about revocation. */
  readonly revocationOf: (setup: TrustingSetup) => RevocationSource | undefined;
}

/** Makes one configured place to look for the device id. */
export function composeSource(setup: DeviceIdSetup, surroundings: SourceSurroundings): DeviceIdSource {
  if (setup.source === 'connection') return createConnectionSource(readingOf(setup, surroundings));
  const hop = { from: setup.from, peers: setup.peers, idKind: kindOf(setup) };
  switch (setup.source) {
    case 'header':
      return createHeaderSource({ ...hop, name: setup.name });
    case 'sharedState':
      return createSharedStateSource({ ...hop, key: setup.key });
    case 'certificate':
      return createCertificateSource({
        ...hop,
        ...readingOf(setup, surroundings),
        format: formatOf(setup),
        header: setup.header,
        verify: setup.verify,
      });
  }
}

function readingOf(setup: TrustingSetup, { tenantId, revocationOf }: SourceSurroundings): CertificateReading {
  return {
    trust: setup.trust,
    revocation: revocationOf(setup),
    rules: setup.ids,
    tenantId,
    idKind: kindOf(setup),
  };
}

export function formatOf({
  profile,
  encoding,
}: Pick<CertificateSetup, 'profile' | 'encoding'>): ForwardedFormat {
  const format = encoding === undefined ? findForwardedFormat(profile) : genericFormat(encoding);
  if (format === undefined) throw new Error(`profile ${profile} is not configured completely`);
  return format;
}

/** Of what kind a bare GUID is. */
export function kindOf({ idKind }: DeviceIdSetup): DeviceIdKind {
  return idKind === 'auto' ? 'unknown' : idKind;
}
