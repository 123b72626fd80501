/**
 * Every failure that is thrown rather than returned: misuse, configuration, broken infrastructure. Expected failures of a decision
 * are values (see `outcomes/reason.ts`). Callers branch on `code`, never on the text.
 */
export const ERROR_CODES = {
  configInvalid: 'The configuration has mistakes; all of them are listed.',
  configUnreadable: 'A file the configuration names cannot be read or parsed.',
  usage: 'The command line was not understood.',
  portTaken: 'Another program listens on the requested address.',
  identityUnavailable:
    'The store of people, of their devices or of failed attempts cannot be read or written.',
  replicasUnavailable: 'What replicas share about journeys cannot be read or written.',
  identityRefused: 'The store of people does not do what was asked, e.g. because there is no such person.',
  gateUnreachable: 'A running gate, or what it shares with others, cannot be asked.',
  simulatorMisuse: 'The simulator was asked for something it cannot do.',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERROR_CODES;

export class GateError extends Error {
  override readonly name = 'GateError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
