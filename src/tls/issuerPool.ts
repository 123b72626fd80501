import type { Certificate } from './certificate.ts';
import { findIssuerFault } from './certificateRules.ts';
import type { Finding } from './pathFault.ts';

/** A CA certificate that may stand in a path. */
export interface Issuer {
  readonly certificate: Certificate;
  readonly isAnchor: boolean;
  /** Why nothing it signed is good. Known beforehand, told only where its signature is found. */
  readonly fault: Finding | undefined;
  /** The fewest steps from here to an anchor, judging by names alone; 0 for an anchor. */
  readonly distance: number;
}

export interface IssuerPool {
  /** CA certificates with this subject from which names lead to an anchor. Others are dead ends whatever their signatures say. */
  named(nameKey: string): readonly Issuer[];
}

/** Sorts CA certificates by subject. An intermediate that is also an anchor counts as the anchor. */
export function createIssuerPool(
  anchors: readonly Certificate[],
  intermediates: readonly Certificate[],
): IssuerPool {
  const bySubject = new Map<string, Issuer[]>();
  const seen = new Set<string>();
  const add = (certificate: Certificate, distance: number): void => {
    const isAnchor = distance === 0;
    const issuer = { certificate, isAnchor, fault: findIssuerFault(certificate, isAnchor), distance };
    const key = certificate.subjectName.key;
    const group = bySubject.get(key);
    if (group === undefined) bySubject.set(key, [issuer]);
    else group.push(issuer);
  };
  const take = (certificates: readonly Certificate[], distance: number): void => {
    for (const certificate of certificates) {
      if (seen.has(certificate.sha256)) continue;
      seen.add(certificate.sha256);
      add(certificate, distance);
    }
  };

  // Level by level downwards from the anchors, so that each gets its shortest distance.
  take(anchors, 0);
  const byIssuer = new Map<string, Certificate[]>();
  for (const certificate of intermediates) {
    const group = byIssuer.get(certificate.issuerName.key);
    if (group === undefined) byIssuer.set(certificate.issuerName.key, [certificate]);
    else group.push(certificate);
  }
  let names = new Set(bySubject.keys());
  const reached = new Set(names);
  for (let distance = 1; names.size > 0; distance += 1) {
    const next = new Set<string>();
    for (const name of names) {
      const below = byIssuer.get(name) ?? [];
      take(below, distance);
      for (const { subjectName } of below) if (!reached.has(subjectName.key)) next.add(subjectName.key);
    }
    for (const name of next) reached.add(name);
    names = next;
  }
  return { named: (nameKey) => bySubject.get(nameKey) ?? [] };
}
