import { AmError } from './amError.ts';

/** Major versions of a resource that are answered; all of them the same way. */
export interface SupportedVersions {
  readonly resource: readonly number[];
  /** What the answer says it is. */
  readonly answered: string;
}

const PART = /^(protocol|resource)=(\d{1,3})(?:\.\d{1,3})?$/;

/**
 * Checks `Accept-API-Version`, e.g. `protocol=1.0,resource=2.1`. Without it, or without one of its parts, anything goes.
 *
 * @throws AmError 400 for what is no version, 404 for a version there is not
 */
export function checkApiVersion(header: string | undefined, { resource }: SupportedVersions): void {
  if (header === undefined || header.trim() === '') return;
  for (const part of header.split(',', 4)) {
    const [, kind, major] = PART.exec(part.trim()) ?? [];
    if (kind === undefined) throw new AmError(400, 'Accept-API-Version cannot be read');
    const known = kind === 'protocol' ? [1, 2] : resource;
    if (!known.includes(Number(major))) {
      throw new AmError(404, 'Accept-API-Version: the requested version does not match any routes');
    }
  }
}
