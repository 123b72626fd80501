/** Something that keeps a mapping from being used, or an expression from being accepted. */
export interface Finding {
  readonly code: FindingCode;
  /** What is wrong, in words. */
  readonly message: string;
  /** What to do about it. */
  readonly todo: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
}

/** Every kind of finding, with what it means. */
export const FINDINGS = {
  unreadable: 'A file cannot be read, or is no valid YAML or JSON.',
  malformed: 'A part of a mapping does not have the shape it must have.',
  unknownField: 'There is no such field.',
  fieldNotChosen: 'An expression uses a field that the mapping did not choose.',
  fieldNotSent: 'Intune does not send a field that was chosen.',
  personalField: 'A personal field is chosen other than by its name.',
  expressionInvalid: 'An expression is no SQL expression.',
  expressionRefused: 'An expression does what expressions may not do.',
  expressionFailed: 'An expression cannot be worked out.',
  expressionSlow: 'An expression runs longer than it may.',
  typeMismatch: 'A value cannot fit the type of its column.',
  unknownColumn: 'A target column does not exist.',
  missingTable: 'A target table does not exist.',
  unfitIdentifier: 'The unique key is made of a field that does not identify a device.',
  keyNotUnique: 'Several devices have the same unique key.',
  keyEmpty: 'Devices have no unique key.',
  deviceInvalid: 'A device is not as Graph returns one.',
} as const satisfies Record<string, string>;

export type FindingCode = keyof typeof FINDINGS;

/** One line: where, what, and what to do. */
export function formatFinding({ code, message, todo, file, line }: Finding): string {
  const where = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
  return `${where}${code}: ${message} ${todo}`;
}
