/**
 * How much an operation may change.
 *
 * - `READ`: nothing
 * - `PROPOSE`: asks a device to do what it does by itself sooner or later
 * - `MUTATE`: takes something from a person or a device; only with the approval of somebody else
 */
export const OPERATION_CLASSES = ['READ', 'PROPOSE', 'MUTATE'] as const;

export type OperationClass = (typeof OPERATION_CLASSES)[number];

/** What a principal may be granted: the classes, the right to approve what others ask for, and the sight of personal fields. */
export const GRANTS = [...OPERATION_CLASSES, 'APPROVE', 'PERSONAL'] as const;

export type Grant = (typeof GRANTS)[number];
