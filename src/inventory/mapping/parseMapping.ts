import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import type { Finding } from '../finding.ts';
import { mappingSchema, type Mapping } from './mappingSchema.ts';

/** Where a part of a mapping stands in its file: the line of its nearest part that is written down, from 1. */
export type LineOf = (path: readonly (string | number)[]) => number | undefined;

/** A mapping with the file it came from. */
export interface MappingFile {
  readonly file: string;
  readonly mapping: Mapping;
  readonly lineOf: LineOf;
}

export type ParsedMapping =
  ({ readonly ok: true } & MappingFile) | { readonly ok: false; readonly findings: readonly Finding[] };

const LARGEST_FILE = 1_048_576;

/** Reads the text of a mapping file. Pure: what its fields, expressions and target are worth is checked by `planMapping` and the target. */
export function parseMapping(text: string, file: string): ParsedMapping {
  if (text.length > LARGEST_FILE) {
    return failed({
      code: 'unreadable',
      message: 'the file is larger than 1 MiB.',
      todo: 'Make it smaller.',
      file,
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return failed(
      ...broken.map(({ code, pos }) => ({
        code: 'unreadable' as const,
        message: `the file is no plain YAML: ${code.toLowerCase().replaceAll('_', ' ')}.`,
        todo: 'Put expressions that hold `:`, `#` or quotes into double quotes, or on a line of their own after `>-`.',
        file,
        line: lines.linePos(pos[0]).line,
      })),
    );
  }
  const lineOf = createLineOf(document, lines);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    return failed({
      code: 'unreadable',
      message: 'an alias has no anchor.',
      todo: 'Write the value out.',
      file,
    });
  }
  const parsed = mappingSchema.safeParse(value ?? {});
  if (parsed.success) return { ok: true, file, mapping: parsed.data, lineOf };
  return failed(...parsed.error.issues.flatMap((issue) => describeIssue(issue, file, lineOf)));
}

function describeIssue(issue: z.core.$ZodIssue, file: string, lineOf: LineOf): readonly Finding[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const at = (place: readonly (string | number)[]): { file: string; line?: number } => {
    const line = lineOf(place);
    return line === undefined ? { file } : { file, line };
  };
  const malformed = (message: string, todo: string, place = path): Finding => ({
    code: 'malformed',
    message: `${place.length === 0 ? 'the mapping' : place.join('.')} ${message}`,
    todo,
    ...at(place),
  });
  const todo = 'docs/inventory.md shows a whole mapping.';
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        malformed('is no known key.', `Take it out, or correct it; ${todo}`, [...path, key]),
      );
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? [malformed('is missing.', `Add it; ${todo}`)]
        : [malformed(`must be ${issue.expected}.`, `Correct it; ${todo}`)];
    default:
      return [malformed(`is not as it must be: ${issue.message}.`, `Correct it; ${todo}`)];
  }
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

function failed(...findings: readonly Finding[]): ParsedMapping {
  return { ok: false, findings };
}
