import type { Grant } from './operationClass.ts';

/** By which surface somebody came. */
export type Via = 'http' | 'mcp' | 'journey' | 'library';

/** What a principal may do. */
export interface Rights {
  readonly grants: ReadonlySet<Grant>;
  /** Names of tenants it may work on. */
  readonly tenants: ReadonlySet<string>;
}

/** Who calls an operation. However many keys a principal has, it is one. */
export interface Actor extends Rights {
  readonly principal: string;
  readonly via: Via;
}

/** Are these the same principal? Letter case tells nobody apart: `Alice` cannot approve what `alice` asked for. */
export function isSamePrincipal(one: string, other: string): boolean {
  return foldName(one) === foldName(other);
}

/** For comparing only. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
