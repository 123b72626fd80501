import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { mayMap } from '../outcomes/reasonOutcomes.ts';
import type { Outcome } from '../outcomes/outcome.ts';
import type { Reason } from '../outcomes/reason.ts';
import { createRanges } from '../node/trustedHop.ts';
import type { ConfigProblem } from './configProblem.ts';
import { configJsonSchema, configSchema, type ConfigFile } from './configSchema.ts';

export type ParsedConfig =
  | { readonly ok: true; readonly file: ConfigFile; readonly lineOf: LineOf }
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
        message: `is no valid YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}`,
        line: lines.linePos(error.pos[0]).line,
      })),
    };
  }
  const lineOf = createLineOf(document, lines);
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
  const problems = parsed.success ? crossCheck(parsed.data) : issueProblems(parsed.error.issues);
  return parsed.success && problems.length === 0
    ? { ok: true, file: parsed.data, lineOf }
    : { ok: false, problems: withLines(problems, lineOf) };
}

export function withLines(problems: readonly ConfigProblem[], lineOf: LineOf): readonly ConfigProblem[] {
  return problems.map((problem) => {
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
  const wrongType = new Set(issues.filter(({ code }) => code === 'invalid_type').map(placeOf));
  return issues
    .filter((issue) => issue.code === 'invalid_type' || !wrongType.has(placeOf(issue)))
    .flatMap(toProblems);
}

function toProblems(issue: z.core.$ZodIssue): readonly ConfigProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: `is no known key${suggestion(key)}` }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const inner = issue.errors.flatMap((issues) => issues.map(({ message }) => message));
    return [{ path, message: [...new Set(inner)].join(', or ') }];
  }
  return [{ path, message: issue.message }];
}

/** What the configuration says about itself that no single value can tell. */
function crossCheck(file: ConfigFile): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const callers = new Map(file.callers.map((caller) => [caller.name, caller]));
  const keyOwners = new Map<string, string>();

  file.callers.forEach((caller, index) => {
    const at = ['callers', index] as const;
    if (callers.get(caller.name) !== caller)
      problems.push({ path: [...at, 'name'], message: 'another caller has this name' });
    if (caller.apiKeySha256.length + caller.certificateSha256.length === 0) {
      problems.push({ path: at, message: 'needs an apiKeySha256 or a certificateSha256' });
    }
    if (caller.certificateSha256.length > 0 && file.listen.tls === undefined) {
      problems.push({
        path: [...at, 'certificateSha256'],
        message: 'needs listen.tls: without TLS there is no client certificate',
      });
    }
    for (const [key, hashes] of [
      ['apiKeySha256', caller.apiKeySha256],
      ['certificateSha256', caller.certificateSha256],
    ] as const) {
      hashes.forEach((hash, position) => {
        const owned = `${key} ${hash.toLowerCase()}`;
        if (keyOwners.has(owned)) problems.push({ path: [...at, key, position], message: 'is listed twice' });
        keyOwners.set(owned, caller.name);
      });
    }
    caller.nodes.forEach((node, position) => {
      if (!Object.hasOwn(file.nodes, node))
        problems.push({ path: [...at, 'nodes', position], message: 'there is no node of this name' });
    });
  });

  for (const [name, node] of Object.entries(file.nodes)) {
    const at = ['nodes', name] as const;
    if (!Object.hasOwn(file.tenants, node.tenant) && node.tenant !== 'default') {
      problems.push({ path: [...at, 'tenant'], message: 'there is no tenant of this name' });
    }
    node.deviceId.forEach((source, index) => {
      source.from.forEach((caller, position) => {
        if (!callers.has(caller)) {
          problems.push({
            path: [...at, 'deviceId', index, 'from', position],
            message: 'there is no caller of this name',
          });
        }
      });
      source.peers?.forEach((range, position) => {
        try {
          createRanges([range]);
        } catch (error) {
          problems.push({
            path: [...at, 'deviceId', index, 'peers', position],
            message: `is ${(error as Error).message}`,
          });
        }
      });
    });
    for (const [reason, outcome] of Object.entries(node.outcomes)) {
      if (!mayMap(reason as Reason, outcome as Outcome)) {
        problems.push({
          path: [...at, 'outcomes', reason],
          message: `may not become ${outcome}: only one reason ever leads there`,
        });
      }
    }
  }
  return problems;
}

function suggestion(key: string): string {
  const known = knownKeys(configJsonSchema());
  const [best] = [...known]
    .map((candidate) => ({ candidate, distance: editDistance(key.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= 2 ? `; did you mean ${best.candidate}?` : '';
}

function knownKeys(schema: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') for (const property of Object.keys(value as object)) found.add(property);
    knownKeys(value, found);
  }
  return found;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, right] of Array.from(b).entries()) {
      next.push(
        Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (left === right ? 0 : 1)),
      );
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
