import { createPublicKey, type KeyObject } from 'node:crypto';
import { isApproval } from '../policy/approval.ts';
import type { PolicyException } from '../policy/policyException.ts';
import type { ConfigFile } from './configSchema.ts';
import { APPROVALS, type ExceptionConfig } from './exceptionsSchema.ts';
import { parseExceptions, proposedOf } from './parseExceptions.ts';
import type { Path, Resolution } from './resolution.ts';

const LARGEST_FILE = 1_048_576;

/** Reads the files of exceptions. What is not approved does not hold, and what has ended is left out; both are told of. */
export function resolveExceptions(
  { files, approvers }: ConfigFile['exceptions'],
  policies: Readonly<Record<string, unknown>>,
  resolution: Resolution,
): readonly PolicyException[] {
  const { problem, warning, now, readFile } = resolution;
  const keys = readKeys(approvers, resolution);
  const seen = new Set<string>();
  return files.flatMap((file, index) => {
    const at: Path = ['exceptions', 'files', index];
    const text = readFile(at, file, 'names', LARGEST_FILE)?.toString();
    if (text === undefined) return [];
    const parsed = parseExceptions(text);
    if (!parsed.ok) {
      for (const fault of parsed.problems) problem(at, `names a file ${fault}`);
      return [];
    }
    return parsed.exceptions.flatMap((written) => {
      if (seen.has(written.id)) problem(at, `holds the exception ${written.id} a second time`);
      seen.add(written.id);
      const exception = exceptionOf(written, keys);
      if (exception.until <= now()) {
        warning(at, `holds the exception ${written.id}, which has ended; it can be removed`);
        return [];
      }
      for (const policy of written.policies ?? []) {
        if (!Object.hasOwn(policies, policy)) {
          problem(at, `holds the exception ${written.id} for the policy ${policy}, which there is not`);
        }
      }
      const missing = APPROVALS[exception.kind] - exception.approvedBy.length;
      if (missing > 0) {
        warning(
          at,
          `holds the exception ${written.id}, which does not hold: approvals that are missing: ${missing}`,
        );
        return [];
      }
      return [exception];
    });
  });
}

/** Only signatures that fit count, and each person once. */
function exceptionOf(written: ExceptionConfig, keys: ReadonlyMap<string, KeyObject>): PolicyException {
  const proposed = proposedOf(written);
  const approvedBy = written.approvals.flatMap(({ by, signature }) => {
    const key = keys.get(by);
    return key !== undefined && isApproval(proposed, key, signature) ? [by] : [];
  });
  return { ...proposed, approvedBy: [...new Set(approvedBy)] };
}

/** One key is one person, whatever names it stands under. */
function readKeys(
  approvers: ConfigFile['exceptions']['approvers'],
  { readFile, problem }: Resolution,
): ReadonlyMap<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const [name, { publicKeyFile }] of Object.entries(approvers)) {
    const at = ['exceptions', 'approvers', name, 'publicKeyFile'];
    const text = readFile(at, publicKeyFile)?.toString();
    const key = text === undefined ? undefined : parseKey(text);
    if (key !== undefined && [...keys.values()].some((other) => other.equals(key))) {
      problem(at, 'names a file with the key of another approver');
    } else if (key !== undefined) keys.set(name, key);
    else if (text !== undefined) problem(at, 'names a file without a public key of Ed25519 (PEM)');
  }
  return keys;
}

/** A private key has no place here, though a public one could be made of it. */
function parseKey(pem: string): KeyObject | undefined {
  if (pem.includes('PRIVATE')) return undefined;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}
