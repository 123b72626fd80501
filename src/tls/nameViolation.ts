import { emailAddresses, type DirectoryName } from './directoryName.ts';
import { USER_PRINCIPAL_NAME, type GeneralName } from './generalName.ts';
import { dnsLabels } from './hostName.ts';
import { mailboxOf } from './mailbox.ts';
import type { HostPattern, NameConstraints, Subtree } from './nameConstraints.ts';
import type { WorkBudget } from './workBudget.ts';

/** The names of one certificate that constraints are about. */
export interface ConstrainedNames {
  readonly subjectName: DirectoryName;
  readonly generalNames: readonly GeneralName[];
}

/**
 * Do the names of a certificate keep within the constraints of a CA above it? Kinds of names that we cannot compare, and names that
 * are not well-formed, are violations as soon as a constraint of their kind exists.
 *
 * @returns what is wrong, or undefined
 * @throws TooComplexError
 */
export function findNameViolation(
  constraints: NameConstraints,
  certificate: ConstrainedNames,
  budget: WorkBudget,
): string | undefined {
  const { permitted, excluded } = constraints;
  const names = allNames(certificate);
  budget.spendComparisons(names.length * (permitted.length + excluded.length));
  for (const name of names) {
    const isExcluded = excluded.some(
      (subtree) => isAbout(subtree, name) && overlaps(subtree, name) !== false,
    );
    if (isExcluded) return `a name of type ${name.kind} is excluded by a CA above`;
    const allowed = permitted.filter((subtree) => isAbout(subtree, name));
    if (allowed.length > 0 && !allowed.some((subtree) => contains(subtree, name) === true)) {
      return `a name of type ${name.kind} is not among those a CA above may speak for`;
    }
  }
  return undefined;
}

/** A constraint says nothing about names of other kinds; of other names each OID is a kind. */
function isAbout(subtree: Subtree, { kind, form }: PreparedName): boolean {
  return subtree.type === kind && (subtree.type !== 'other' || subtree.form === form);
}

/** A name, taken apart once for all comparisons. */
interface PreparedName {
  /** A user principal name is an other name to those who write constraints. */
  readonly kind: Subtree['type'];
  readonly form?: string;
  /** DNS labels of the name or of the host in it; undefined where there are none or they are malformed. */
  readonly labels?: readonly string[] | undefined;
  readonly local?: string | undefined;
  readonly address?: Buffer;
  readonly rdns?: readonly string[];
}

function allNames({ subjectName, generalNames }: ConstrainedNames): readonly PreparedName[] {
  return [
    ...generalNames.flatMap(prepare),
    ...(subjectName.rdns.length === 0 ? [] : [{ kind: 'directory' as const, rdns: subjectName.rdns }]),
    ...emailAddresses(subjectName).map(prepareEmail),
  ];
}

const SMTP_UTF8_MAILBOX = '1.3.6.1.5.5.7.8.9';

function prepare(name: GeneralName): PreparedName | readonly PreparedName[] {
  switch (name.type) {
    case 'dns':
      return { kind: 'dns', labels: dnsLabels(name.value) };
    case 'email':
      return prepareEmail(name.value);
    case 'uri':
      return { kind: 'uri', labels: hostOfUri(name.value) };
    case 'ip':
      return { kind: 'ip', address: name.bytes };
    case 'directory':
      return { kind: 'directory', rdns: name.name.rdns };
    case 'upn':
      return { kind: 'other', form: USER_PRINCIPAL_NAME };
    case 'other': {
      const other: PreparedName = { kind: 'other', form: name.value };
      // An address with letters from everywhere stands under the constraints on addresses (RFC 9598 6), and cannot be compared here.
      const address: PreparedName = { kind: 'email', local: undefined, labels: undefined };
      return name.value === SMTP_UTF8_MAILBOX ? [other, address] : other;
    }
  }
}

function prepareEmail(value: string): PreparedName {
  const mailbox = mailboxOf(value);
  const labels = mailbox === undefined ? undefined : dnsLabels(mailbox.host);
  return { kind: 'email', local: mailbox?.local, labels };
}

/** Could the name stand for something inside the subtree? For most names that is being inside; a wildcard reaches further. */
function overlaps(subtree: Subtree, name: PreparedName): boolean | undefined {
  const inside = contains(subtree, name);
  if (inside !== false || subtree.type !== 'dns' || name.labels?.[0] !== '*') return inside;
  const base = name.labels.slice(1);
  const { isSuffix, labels } = subtree.host;
  return !isSuffix && labels.length === base.length + 1 && endsWith(labels, base);
}

/** Is the name inside the subtree? undefined if that cannot be told. */
function contains(subtree: Subtree, { labels, local, address, rdns }: PreparedName): boolean | undefined {
  switch (subtree.type) {
    case 'dns':
      return labels && (isOnHost(subtree.host, labels) || isBelow(subtree.host, labels));
    case 'email':
      return labels && (subtree.local ?? local) === local && isOnHost(subtree.host, labels);
    case 'uri':
      return labels && isOnHost(subtree.host, labels);
    case 'ip':
      return address && isInRange(subtree, address);
    case 'directory':
      return rdns && subtree.name.rdns.every((rdn, index) => rdns[index] === rdn);
    case 'other':
      return undefined;
  }
}

function isOnHost(pattern: HostPattern, host: readonly string[]): boolean {
  const { isSuffix, labels } = pattern;
  return isSuffix ? isBelow(pattern, host) : host.length === labels.length && endsWith(host, labels);
}

function isBelow({ labels }: HostPattern, host: readonly string[]): boolean {
  return host.length > labels.length && endsWith(host, labels);
}

function isInRange(range: { readonly address: Buffer; readonly mask: Buffer }, address: Buffer): boolean {
  return (
    address.length === range.address.length &&
    range.mask.every((mask, index) => (((address[index] ?? 0) ^ (range.address[index] ?? 0)) & mask) === 0)
  );
}

function endsWith(labels: readonly string[], suffix: readonly string[]): boolean {
  const skipped = labels.length - suffix.length;
  return skipped >= 0 && suffix.every((label, index) => labels[skipped + index] === label);
}

/** RFC 5280 lets URI constraints speak about DNS hosts only; a URI without one cannot be judged. */
function hostOfUri(uri: string): readonly string[] | undefined {
  const host = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#@[\]]*@)?([^/?#@:[\]]+)(?::\d*)?(?:[/?#].*)?$/s.exec(
    uri,
  )?.[1];
  const labels = host === undefined ? undefined : dnsLabels(host);
  const isAddress = labels !== undefined && /^\d+$/.test(labels.at(-1) ?? '');
  return labels === undefined || isAddress || labels[0] === '*' ? undefined : labels;
}
