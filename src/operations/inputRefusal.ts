import type { z } from 'zod';
import { refuse, type Refusal } from './refusal.ts';

/** Which inputs are wrong, and how; never their values. */
export function inputRefusal({ issues }: z.ZodError): Refusal {
  return {
    ...refuse('invalidInput'),
    errors: issues.slice(0, 20).map((issue) => {
      const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
      return {
        pointer: path
          .map((part) => `/${String(part).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`)
          .join(''),
        detail: issue.code === 'unrecognized_keys' ? 'is no known input' : issue.message,
      };
    }),
  };
}
