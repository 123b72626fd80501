/** What a batch or a run came to, in devices. */
export interface Counts {
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Devices that are no longer in Intune. */
  readonly left: number;
  /** Devices that were assigned to somebody in this run, or would be. */
  readonly assigned: number;
  /** Devices that were not written, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Owners that could not be matched, by reason. */
  readonly unassigned: Readonly<Record<string, number>>;
  /** Rows that were inserted or updated, in all tables of devices together. */
  readonly rowsWritten: number;
}

export const NO_COUNTS: Counts = {
  new: 0,
  changed: 0,
  unchanged: 0,
  left: 0,
  assigned: 0,
  skipped: {},
  unassigned: {},
  rowsWritten: 0,
};

export function addCounts(one: Counts, other: Counts): Counts {
  return {
    new: one.new + other.new,
    changed: one.changed + other.changed,
    unchanged: one.unchanged + other.unchanged,
    left: one.left + other.left,
    assigned: one.assigned + other.assigned,
    skipped: addRecords(one.skipped, other.skipped),
    unassigned: addRecords(one.unassigned, other.unassigned),
    rowsWritten: one.rowsWritten + other.rowsWritten,
  };
}

function addRecords(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sum: Record<string, number> = { ...one };
  for (const [key, count] of Object.entries(other)) sum[key] = (sum[key] ?? 0) + count;
  return sum;
}
