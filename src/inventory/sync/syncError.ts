import type { Finding } from '../finding.ts';

/** Why a run ended before its end. */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  /** `findings`: somebody must change something; `upstream`: Microsoft; `target`: the target; `stopped`: it was asked to stop. */
  readonly kind: 'findings' | 'upstream' | 'target' | 'stopped';
  readonly findings: readonly Finding[];

  constructor(
    kind: SyncError['kind'],
    message: string,
    options: { cause?: unknown; findings?: readonly Finding[] } = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.findings = options.findings ?? [];
  }
}
