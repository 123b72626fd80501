import { parseFilter } from './filterSyntax.ts';
import type { FilterClause, FilterNode } from './filterSyntax.ts';
import type { JsonValue, ManagedDeviceEntity } from './managedDeviceEntity.ts';

/** Gives one property of a device. */
export type ReadProperty = (name: keyof ManagedDeviceEntity) => JsonValue;

export type DevicePredicate = (read: ReadProperty) => boolean;

const EQ_OR = { operators: ['eq'], or: true };
const DATE = { operators: ['lt', 'gt'], or: false };

/** What the service filters by, and whether `or` works among clauses on that property. */
const FILTERABLE: Readonly<Record<string, { operators: string[]; or: boolean }>> = {
  azureADDeviceId: { operators: ['eq'], or: false },
  complianceState: EQ_OR,
  deviceCategoryDisplayName: EQ_OR,
  exchangeAccessState: EQ_OR,
  imei: EQ_OR,
  jailBroken: EQ_OR,
  managementAgent: EQ_OR,
  managementState: EQ_OR,
  manufacturer: EQ_OR,
  operatingSystem: EQ_OR,
  serialNumber: EQ_OR,
  deviceName: { operators: ['eq', 'contains', 'startswith'], or: false },
  model: { operators: ['eq', 'contains'], or: false },
  userPrincipalName: { operators: ['eq', 'ne'], or: false },
  emailAddress: { operators: ['contains'], or: false },
  osVersion: { operators: ['contains'], or: false },
  phoneNumber: { operators: ['contains'], or: false },
  complianceGracePeriodExpirationDateTime: DATE,
  enrolledDateTime: DATE,
  // `ge` is not documented, but Microsoft's samples use it on this one.
  lastSyncDateTime: { operators: ['lt', 'gt', 'ge'], or: false },
};

/** The few properties whose use in a filter is refused rather than ignored. */
const REFUSED = new Set(['roleScopeTagIds']);

/**
 * Reads a `$filter` of managedDevices with the service's three hazards:
 * a clause the service does not support is ignored, so that a filter of nothing else matches every device;
 * an empty key matches every device;
 * `or` takes only the first clause unless all are on one property that allows it.
 *
 * @returns `undefined` if the service would refuse the filter
 */
export function compileDeviceFilter(text: string): DevicePredicate | undefined {
  const tree = parseFilter(text);
  if (tree === undefined || mentionsRefused(tree)) return undefined;
  return compile(tree) ?? (() => true);
}

/** `undefined`: nothing in this part is supported, so it is as if it were not there. */
function compile(node: FilterNode): DevicePredicate | undefined {
  if (node.kind === 'clause') return compileClause(node);
  const parts = node.kind === 'or' ? effectiveAlternatives(node.parts) : node.parts;
  const predicates = parts.map(compile).filter((predicate) => predicate !== undefined);
  if (predicates.length === 0) return undefined;
  return node.kind === 'and'
    ? (read) => predicates.every((predicate) => predicate(read))
    : (read) => predicates.some((predicate) => predicate(read));
}

function effectiveAlternatives(parts: readonly FilterNode[]): readonly FilterNode[] {
  const first = parts.find((part) => part.kind === 'clause' && compileClause(part) !== undefined);
  if (first?.kind !== 'clause') return parts;
  const orAllowed = FILTERABLE[first.property]?.or === true;
  return parts.filter(
    (part) => part === first || part.kind !== 'clause' || (orAllowed && part.property === first.property),
  );
}

function compileClause({ property, operator, value }: FilterClause): DevicePredicate | undefined {
  const rule = FILTERABLE[property];
  if (rule?.operators.includes(operator) !== true) return undefined;
  if (value === '') return () => true;
  const wanted = value.toLowerCase();
  const actual = (read: ReadProperty): string =>
    textOf(read(property as keyof ManagedDeviceEntity)).toLowerCase();
  switch (operator) {
    case 'eq':
      return (read) => actual(read) === wanted;
    case 'ne':
      return (read) => actual(read) !== wanted;
    case 'contains':
      return (read) => actual(read).includes(wanted);
    case 'startswith':
      return (read) => actual(read).startsWith(wanted);
    case 'lt':
    case 'gt':
    case 'ge':
      return compareDates(actual, operator, Date.parse(value));
    default:
      return undefined;
  }
}

function compareDates(
  actual: (read: ReadProperty) => string,
  operator: 'lt' | 'gt' | 'ge',
  wanted: number,
): DevicePredicate | undefined {
  if (Number.isNaN(wanted)) return undefined;
  // A fleet has few dates and many devices.
  const times = new Map<string, number>();
  return (read) => {
    const text = actual(read);
    const time = times.get(text) ?? Date.parse(text);
    times.set(text, time);
    if (operator === 'lt') return time < wanted;
    return operator === 'gt' ? time > wanted : time >= wanted;
  };
}

function textOf(value: JsonValue): string {
  return typeof value === 'object' ? '' : String(value);
}

function mentionsRefused(node: FilterNode): boolean {
  return node.kind === 'clause' ? REFUSED.has(node.property) : node.parts.some(mentionsRefused);
}
