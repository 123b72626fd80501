import type { Reason } from '../outcomes/reason.ts';

/** One thing that was looked at, and what came of it. */
export interface Check {
  readonly name: 'token' | 'permissions' | 'device' | 'entraDevice' | 'installedApps' | 'tenantSettings';
  readonly status: 'good' | 'failed' | 'warning' | 'skipped';
  /** What was seen, in plain words. */
  readonly finding: string;
  /** The reason a decision would give, where the check failed. */
  readonly reason?: Reason;
  /** What may be behind it. More than one where Microsoft's answer cannot tell them apart. */
  readonly causes?: readonly Cause[];
}

export interface Cause {
  readonly cause: string;
  /** Who can remove it. */
  readonly who: string;
  readonly todo: string;
  /** What tells this cause from the others, where there are others. */
  readonly decidedBy?: string;
}
