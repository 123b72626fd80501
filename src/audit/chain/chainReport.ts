/** What can be wrong with a chain. */
export const CHAIN_FAULTS = {
  unreadable: 'The line is no line of a chain: it was changed, or merged with another.',
  altered: 'The line does not have the hash it states: it was changed.',
  torn: 'The last line was not written to its end, as when the gate is killed; it goes when the gate starts again.',
  lineEnds: 'The line ends with CR LF: the file was converted, and its hashes are those of the original.',
  broken: 'The line is not bound to the line before: one of them was replaced.',
  missing: 'Lines are missing before this one.',
  misplaced: 'The line stands too late: lines were swapped, or repeated.',
  beginMissing: 'The chain does not begin here: earlier lines or files are missing.',
  fileBegin:
    'A file of the log begins with a line that says so; this one does not: lines are missing before it.',
  endMissing: 'Lines are missing at the end.',
  headMissing:
    'The file beside the log that states its end is missing, so nobody can tell whether lines are missing there.',
  headInvalid: 'The file beside the log that states its end was changed, or written under another key.',
  anchor: 'The line is not the one that was stated elsewhere: the chain was made anew.',
  algorithm:
    'The log says that it was written with another kind of hash: a key is needed, or one too many was given.',
} as const satisfies Record<string, string>;

export type ChainFaultCode = keyof typeof CHAIN_FAULTS;

/** Where a chain breaks, and how. */
export interface ChainFault {
  readonly code: ChainFaultCode;
  readonly file: string;
  /** From 1; null where no line can be named. */
  readonly line: number | null;
  /** Number of the line in the chain, as far as it is known. */
  readonly sequence: number | null;
  readonly message: string;
}

/** One file of a chain that was looked at. */
export interface VerifiedFile {
  readonly file: string;
  readonly lines: number;
  readonly firstSequence: number | null;
  readonly lastSequence: number | null;
}

/** What became of the verification of a chain. */
export interface ChainReport {
  readonly isWhole: boolean;
  readonly algorithm: 'sha256' | 'hmac-sha256';
  readonly lines: number;
  readonly firstSequence: number | null;
  /** To be kept elsewhere: it proves later that nothing up to here was changed. */
  readonly end: { readonly sequence: number; readonly hash: string } | null;
  readonly files: readonly VerifiedFile[];
  readonly faults: readonly ChainFault[];
  /** How many faults there are; `faults` has the first ones. */
  readonly faultCount: number;
  /** What the log says of itself that is no fault of the chain, such as repairs after a crash. */
  readonly notes: readonly string[];
}
