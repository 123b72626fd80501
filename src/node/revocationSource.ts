import type { RevocationEvidence } from '../tls/revocationEvidence.ts';
import type { PathLink } from '../tls/revocationStatement.ts';

/** How long somebody is ready to wait for evidence. */
export interface SeekLimits {
  readonly signal: AbortSignal;
  readonly waitMs: number;
}

/** Port: where evidence about revocation comes from that is not configured beforehand. */
export interface RevocationSource {
  /** What is known now. Never waits. */
  readonly evidence: RevocationEvidence;
  /** Grows whenever what is known could turn an answer that was good: a new list, a response that says "revoked". */
  readonly version: number;
  /**
   * Looks for evidence about the links, and returns when all that can be had is there or the limits are reached. What is under way then
   * goes on for whoever asks next. Never rejects.
   */
  seek(links: readonly PathLink[], limits: SeekLimits): Promise<void>;
}
