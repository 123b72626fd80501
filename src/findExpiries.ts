import { X509Certificate } from 'node:crypto';
import type { GateConfig } from './config/gateConfig.ts';
import type { Expiry } from './metrics/gateState.ts';
import type { CertificateTrustOptions } from './tls/certificateTrust.ts';
import { pemBlocks } from './tls/pem.ts';

/** When the certificates of a configuration expire: of credentials, listeners and authorities, the first of each place. */
export function findExpiries({ tenants, listeners, nodes, journeys }: GateConfig): readonly Expiry[] {
  const expiries: Expiry[] = [];
  const add = (kind: Expiry['kind'], place: string, pems: readonly string[]): void => {
    const ends = pems.flatMap((pem) => pemBlocks(pem, 'CERTIFICATE')).flatMap(endOf);
    if (ends.length > 0) expiries.push({ kind, place, at: Math.min(...ends) });
  };
  for (const [name, { credential }] of Object.entries(tenants)) {
    if (credential.kind === 'certificate') {
      add('credential', `tenants.${name}.credential`, [credential.certificatePem]);
    }
  }
  listeners.forEach((listener, index) => {
    if (!('tls' in listener) || listener.tls === undefined) return;
    add('listener', index === 0 ? 'listen' : `alsoListen.${index - 1}`, [listener.tls.certificatePem]);
  });
  const addTrust = (place: string, { anchors, intermediates }: CertificateTrustOptions): void => {
    add('anchor', `${place}.anchors`, anchors);
    add('intermediate', `${place}.intermediates`, intermediates);
  };
  for (const [name, { deviceId }] of Object.entries(nodes)) {
    deviceId.forEach((source, index) => {
      if ('trust' in source) addTrust(`nodes.${name}.deviceId.${index}.trust`, source.trust);
    });
  }
  if (journeys?.certificates !== undefined) {
    addTrust('journeys.certificates.trust', journeys.certificates.trust);
  }
  return expiries;
}

/** Milliseconds since 1970; none for what is no certificate, which the configuration would not have let in. */
function endOf(der: Buffer | undefined): readonly number[] {
  if (der === undefined) return [];
  try {
    const end = Date.parse(new X509Certificate(der).validTo);
    return Number.isFinite(end) ? [end] : [];
  } catch {
    return [];
  }
}
