import { countOf, DerType, isContext, isUniversal, oidOf, parseDer, sequenceOf, type Der } from './der.ts';

/** Under which policies a certificate was issued, and what a CA demands about those below, RFC 5280 4.2.1.4, 5, 11 and 14. */
export interface PolicyExtensions {
  /** OIDs; undefined if the extension is absent, which is no policy at all. */
  readonly policies: ReadonlySet<string> | undefined;
  /** Pairs of OIDs: what the issuer calls a policy, and what the subject calls it. */
  readonly policyMappings: readonly (readonly [issuer: string, subject: string])[];
  /** After how many more certificates the path must have a policy; undefined for never. */
  readonly requireExplicitPolicy: number | undefined;
  /** After how many more certificates policies are no longer mapped; undefined for never. */
  readonly inhibitPolicyMapping: number | undefined;
  /** After how many more certificates "any policy" no longer counts; undefined for never. */
  readonly inhibitAnyPolicy: number | undefined;
}

export const ANY_POLICY = '2.5.29.32.0';

/** A pointer to a statement, and a notice to a reader: both are for people. */
const KNOWN_QUALIFIERS: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2']);

/** @throws Error if the extension is malformed or names a policy twice */
export function readPolicies(value: Buffer): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [oid] of policyInformation(value)) {
    if (found.has(oid)) throw new Error('a policy appears twice');
    found.add(oid);
  }
  if (found.size === 0) throw new Error('an empty list of policies');
  return found;
}

/** Are there qualifiers of a kind nobody here can read? That matters where the extension is critical. @throws Error if malformed */
export function hasUnknownQualifier(value: Buffer): boolean {
  return policyInformation(value).some(([, qualifiers]) =>
    qualifiers.some((qualifier) => {
      const [id] = sequenceOf(qualifier);
      return id === undefined || !KNOWN_QUALIFIERS.has(oidOf(id));
    }),
  );
}

function policyInformation(value: Buffer): readonly (readonly [oid: string, qualifiers: readonly Der[]])[] {
  return sequenceOf(parseDer(value)).map((information) => {
    const [id, qualifiers, ...more] = sequenceOf(information);
    if (id === undefined || more.length > 0) throw new Error('a policy has a name and qualifiers');
    return [oidOf(id), qualifiers === undefined ? [] : sequenceOf(qualifiers)];
  });
}

/** @throws Error if the extension is malformed */
export function readPolicyMappings(value: Buffer): PolicyExtensions['policyMappings'] {
  const found = sequenceOf(parseDer(value)).map((pair) => {
    const [issuer, subject, ...more] = sequenceOf(pair);
    if (issuer === undefined || subject === undefined || more.length > 0)
      throw new Error('no pair of policies');
    return [oidOf(issuer), oidOf(subject)] as const;
  });
  if (found.length === 0) throw new Error('an empty list of mappings');
  return found;
}

/** @throws Error if the extension is malformed, or says nothing */
export function readPolicyConstraints(
  value: Buffer,
): Pick<PolicyExtensions, 'requireExplicitPolicy' | 'inhibitPolicyMapping'> {
  const parts = sequenceOf(parseDer(value));
  const count = (tag: number): number | undefined => {
    const part = parts.find((node) => isContext(node, tag));
    return part === undefined ? undefined : countOf(part);
  };
  const found = { requireExplicitPolicy: count(0), inhibitPolicyMapping: count(1) };
  const known = Object.values(found).filter((one) => one !== undefined);
  if (known.length === 0 || known.length !== parts.length) throw new Error('no policy constraints');
  return found;
}

/** @throws Error if the extension is malformed */
export function readInhibitAnyPolicy(value: Buffer): number {
  const node = parseDer(value);
  if (!isUniversal(node, DerType.INTEGER)) throw new Error('a count was expected');
  return countOf(node);
}
