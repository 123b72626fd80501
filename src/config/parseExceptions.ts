import { parse } from 'yaml';
import type { ProposedException } from '../policy/approval.ts';
import { exceptionsFile, type ExceptionConfig } from './exceptionsSchema.ts';

export type ParsedExceptions =
  | { readonly ok: true; readonly exceptions: readonly ExceptionConfig[] }
  /** What is wrong, each with its place, to be put behind "names a file". */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Pure: reads the text of a file of exceptions, YAML or JSON. */
export function parseExceptions(text: string): ParsedExceptions {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100, logLevel: 'error', prettyErrors: false });
  } catch {
    return { ok: false, problems: ['that is no valid YAML'] };
  }
  const parsed = exceptionsFile.safeParse(value ?? {});
  if (parsed.success) return { ok: true, exceptions: parsed.data.exceptions };
  return {
    ok: false,
    problems: parsed.error.issues.map(
      ({ path, message, code }) =>
        `with a mistake at ${path.map(String).join('.') || 'its top'}: ${code === 'unrecognized_keys' ? 'a key that is not known' : message}`,
    ),
  };
}

/** What of an exception is approved. */
export function proposedOf({
  id,
  kind,
  device,
  user,
  policies,
  reason,
  from,
  until,
}: ExceptionConfig): ProposedException {
  return { id, kind, device, user, policies, reason, from, until };
}
