import { z } from 'zod';
import { name } from './schemaParts.ts';

/** What a proxy does with an outcome. It allows Compliant and denies everything else. */
export const policy = z
  .strictObject({ node: name.describe('The node that decides.') })
  .describe('One policy.');
