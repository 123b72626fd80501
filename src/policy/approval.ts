import { sign, verify, type KeyObject } from 'node:crypto';
import type { PolicyException } from './policyException.ts';

/** What is approved: everything but the approvals. */
export type ProposedException = Omit<PolicyException, 'approvedBy'>;

/** Signs an exception as it stands: whoever changes anything of it needs a new approval. @param key - Ed25519 */
export function signApproval(exception: ProposedException, key: KeyObject): string {
  return sign(null, approvalText(exception), key).toString('base64url');
}

/** @param key - Ed25519 @param signature - base64url */
export function isApproval(exception: ProposedException, key: KeyObject, signature: string): boolean {
  return verify(null, approvalText(exception), key, Buffer.from(signature, 'base64url'));
}

/** Every member in its one form and at its own place, so that no two exceptions have one text. */
function approvalText({ id, kind, device, user, policies, reason, from, until }: ProposedException): Buffer {
  return Buffer.from(
    JSON.stringify([
      'intune-gate exception 1',
      id,
      kind,
      device ?? null,
      user ?? null,
      policies ?? null,
      reason,
      from,
      until,
    ]),
  );
}
