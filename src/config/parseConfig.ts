import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { MOST_TOLD, type ConfigProblem } from './configProblem.ts';
import { configSchema, type ConfigFile } from './configSchema.ts';
import { crossCheck } from './crossCheck.ts';
import { findIdleParts } from './findIdleParts.ts';
import { createSuggestKey, type SuggestKey } from './suggestKey.ts';

export type ParsedConfig =
  | {
      readonly ok: true;
      readonly file: ConfigFile;
      readonly lineOf: LineOf;
      readonly warnings: readonly ConfigProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** The line a path stands on, or its nearest parent that is written down. */
export type LineOf = (path: readonly (string | number)[]) => number | undefined;

const LARGEST_FILE = 1_048_576;

/**
 * Reads the text of a configuration file, YAML or JSON (which is YAML too), and checks everything that can be checked without
 * touching other files. All mistakes are reported at once, each with its path and line, none with its value.
 */
export function parseConfig(text: string): ParsedConfig {
  if (text.length > LARGEST_FILE)
    return { ok: false, problems: [{ path: [], message: 'is larger than 1 MiB' }] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map((error) => ({
        path: [],
        message: `is no valid YAML: ${describeYaml(error.code)}`,
        line: lines.linePos(error.pos[0]).line,
      })),
    };
  }
  const lineOf = createLineOf(document, lines);
  // A tag that means nothing here would be passed over, and with it what its writer meant by it.
  const tags = document.warnings.map(({ code, pos }) => ({
    path: [],
    message:
      code === 'TAG_RESOLVE_FAILED'
        ? 'has a YAML tag (!…) that means nothing here'
        : `is odd YAML: ${describeYaml(code)}`,
    line: lines.linePos(pos[0]).line,
  }));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch {
    return {
      ok: false,
      problems: [{ path: [], message: 'uses an alias without an anchor, or more aliases than it needs' }],
    };
  }
  const parsed = configSchema.safeParse(value ?? {});
  const problems = [
    ...tags,
    ...(parsed.success ? crossCheck(parsed.data) : issueProblems(parsed.error.issues)),
  ];
  return parsed.success && problems.length === 0
    ? { ok: true, file: parsed.data, lineOf, warnings: withLines(findIdleParts(parsed.data), lineOf) }
    : { ok: false, problems: withLines(problems, lineOf) };
}

function describeYaml(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

/** Adds the lines of those that will be told; to look for a line takes time. */
export function withLines(problems: readonly ConfigProblem[], lineOf: LineOf): readonly ConfigProblem[] {
  return problems.map((problem, index) => {
    if (index >= MOST_TOLD) return problem;
    const line = problem.line ?? lineOf(problem.path);
    return line === undefined ? problem : { ...problem, line };
  });
}

function createLineOf(document: Document, lines: LineCounter): LineOf {
  return (path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const parent: unknown = document.getIn(path.slice(0, length - 1), true);
      const key = path[length - 1];
      const pair = isMap(parent)
        ? parent.items.find((item) => isScalar(item.key) && item.key.value === key)
        : undefined;
      const found = pair?.key ?? document.getIn(path.slice(0, length), true);
      if (isNode(found) && found.range) return lines.linePos(found.range[0]).line;
    }
    return undefined;
  };
}

/** Of a value of the wrong type, its type is all that is told: its length, say, means nothing. */
function issueProblems(issues: readonly z.core.$ZodIssue[]): readonly ConfigProblem[] {
  const placeOf = (issue: z.core.$ZodIssue): string => issue.path.map(String).join('\0');
  const suggestKey = createSuggestKey();
  const wrongType = new Set(issues.filter(({ code }) => code === 'invalid_type').map(placeOf));
  return issues
    .filter((issue) => issue.code === 'invalid_type' || !wrongType.has(placeOf(issue)))
    .flatMap((issue) => toProblems(issue, suggestKey));
}

/** Objects in which people write a secret where its reference belongs, so that the secret comes out as a key. */
const HOLDS_A_SECRET: ReadonlySet<string> = new Set([
  'bindPassword',
  'clientSecret',
  'key',
  'passphrase',
  'password',
  'pseudonymKey',
  'secret',
  'token',
  'username',
]);

function toProblems(issue: z.core.$ZodIssue, suggestKey: SuggestKey): readonly ConfigProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  switch (issue.code) {
    case 'unrecognized_keys':
      return HOLDS_A_SECRET.has(String(path.at(-1)))
        ? [{ path, message: 'has a key other than `file` and `env`' }]
        : issue.keys.map((key) => ({ path: [...path, key], message: `is no known key${suggestKey(key)}` }));
    case 'invalid_union': {
      const inner = issue.errors.flatMap((issues) => issues.map(({ message }) => message));
      return [{ path, message: inner.length === 0 ? issue.message : [...new Set(inner)].join(', or ') }];
    }
    case 'invalid_type':
      return [{ path, message: describeType(issue) }];
    default:
      return [{ path, message: issue.message }];
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  record: 'an object',
  object: 'an object',
  array: 'a list',
  string: 'text',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
};

function describeType({ expected, message }: z.core.$ZodIssueInvalidType): string {
  const wanted = `must be ${TYPE_WORDS[expected] ?? expected}`;
  return message.endsWith('received undefined') ? `is missing; it ${wanted}` : wanted;
}
