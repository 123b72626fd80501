import { z } from 'zod';
import { NO_COUNTS, type Counts } from './counts.ts';

const count = z.number().default(0);
const reasons = z.record(z.string(), z.number()).default({});

const countsSchema = z.object({
  new: count,
  changed: count,
  unchanged: count,
  left: count,
  assigned: count,
  skipped: reasons,
  unassigned: reasons,
  rowsWritten: count,
});

/** Counts as a run record holds them; nothing where it holds none. */
export function parseCounts(text: string): Counts {
  try {
    const parsed = countsSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : NO_COUNTS;
  } catch {
    return NO_COUNTS;
  }
}
