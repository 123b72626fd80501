import type { Place } from './journey.ts';

/**
 * What can be wrong with a journey file. An `error` keeps the trees it belongs to from running; a `warning` is allowed, and what it
 * speaks of ends as a failed login if it is reached.
 */
export const FINDINGS = {
  unreadable: { severity: 'error', meaning: 'The file cannot be read, is too large, or is no JSON.' },
  unrecognised: {
    severity: 'error',
    meaning: 'The file is JSON, but none of the known layouts of journeys.',
  },
  malformed: { severity: 'error', meaning: 'A part of a journey does not have the shape it must have.' },
  duplicateJourney: { severity: 'error', meaning: 'Two trees have one name.' },
  noEntry: { severity: 'error', meaning: 'The tree does not say where it begins, or begins nowhere.' },
  danglingConnection: { severity: 'error', meaning: 'A connection leads to a node the tree does not have.' },
  unconnectedOutcome: {
    severity: 'warning',
    meaning: 'An outcome of a node leads nowhere; it fails the login.',
  },
  unknownOutcome: { severity: 'warning', meaning: 'A connection belongs to an outcome the node never has.' },
  unreachable: { severity: 'warning', meaning: 'No way leads to the node.' },
  cycleWithoutInteraction: { severity: 'error', meaning: 'Nodes lead in a circle in which nobody is asked.' },
  cycleMayNotAsk: {
    severity: 'warning',
    meaning: 'Nodes lead in a circle in which it is not certain that anybody is asked.',
  },
  unknownType: { severity: 'error', meaning: 'This engine does not have the node type.' },
  missingConfiguration: { severity: 'error', meaning: 'No file has the settings of the node.' },
  badConfiguration: { severity: 'error', meaning: 'A setting of the node is missing or not as it must be.' },
  unresolvedVariable: {
    severity: 'error',
    meaning: 'A setting stands in an environment variable (ESV) that is not configured.',
  },
  variableNotChecked: {
    severity: 'warning',
    meaning: 'A setting stands in an environment variable (ESV), which is not known here.',
  },
  missingInnerTree: { severity: 'error', meaning: 'The inner tree is in none of the files.' },
  disabledInnerTree: { severity: 'error', meaning: 'The inner tree is switched off.' },
  innerTreeRecursion: { severity: 'error', meaning: 'A tree contains itself.' },
  missingScript: { severity: 'error', meaning: 'The script of the node is in none of the files.' },
  notAllowedInPage: { severity: 'error', meaning: 'A node of this type cannot stand in a page.' },
  emptyPage: { severity: 'error', meaning: 'A page has no nodes.' },
} as const satisfies Record<string, { readonly severity: 'error' | 'warning'; readonly meaning: string }>;

export type FindingCode = keyof typeof FINDINGS;

/** One thing that is wrong with a journey file. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: FindingCode;
  /** In words; never a value of a setting, which may be a secret. */
  readonly message: string;
  readonly file: string;
  /** Name of the tree, where it belongs to one. */
  readonly tree: string | null;
  /** Id of the node, where it belongs to one. */
  readonly node: string | null;
  /** JSON Pointer into the file. */
  readonly path: string;
}

/**
 * @param severity - for the few findings that weigh less where they can do no harm; default: that of the code
 */
export function finding(
  code: FindingCode,
  message: string,
  place: Place,
  about: { readonly tree?: string; readonly node?: string } = {},
  severity: Finding['severity'] = FINDINGS[code].severity,
): Finding {
  return {
    severity,
    code,
    message,
    file: place.file,
    tree: about.tree ?? null,
    node: about.node ?? null,
    path: place.path,
  };
}
