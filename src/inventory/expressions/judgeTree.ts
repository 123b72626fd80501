import type { Field } from '../fields/field.ts';
import { findField } from '../fields/fieldCatalogue.ts';
import { LONGEST_TEXT } from '../fields/fieldValue.ts';
import { suggestField } from '../fields/suggestField.ts';
import type { Finding } from '../finding.ts';
import { ALLOWED_FUNCTIONS, ALLOWED_TYPES, MEANT, SHORT } from './allowedFunctions.ts';
import { isEmptyList, isNode, listOf, type SqlNode } from './sqlTree.ts';

/** What an expression that may run reads. */
export interface JudgedTree {
  readonly fields: ReadonlySet<Field>;
  /** It asks for the time, so it gives something else each time. */
  readonly usesTime: boolean;
}

export type TreeVerdict =
  { readonly ok: true; readonly tree: JudgedTree } | { readonly ok: false; readonly finding: Finding };

export type MayUse = (field: Field) => boolean;

const MOST_NODES = 500;
const DEEPEST = 60;
/** In characters. Beyond it, an expression would be a way to fill the memory. */
const LONGEST_RESULT = 1_000_000;

/**
 * Judges the tree of an expression by what is allowed; whatever is not listed here, today's or tomorrow's, is refused. Fields are
 * looked up in the catalogue, in any letter case.
 */
export function judgeTree(root: SqlNode, mayUse: MayUse): TreeVerdict {
  const fields = new Set<Field>();
  let usesTime = false;
  let nodes = 0;

  /** The longest text the node can give. @throws Refusal */
  const judge = (node: SqlNode, depth: number): number => {
    nodes += 1;
    if (nodes > MOST_NODES || depth > DEEPEST)
      throw refusal('the expression is too large.', 'Split it into several columns.');
    const longest = judgeKind(node, (child) => judge(isNode(child) ? child : {}, depth + 1));
    if (longest > LONGEST_RESULT)
      throw refusal(
        'what comes of it could be too long.',
        `Use LEFT on the parts; at most ${LONGEST_RESULT.toLocaleString('en')} characters may come of a device.`,
      );
    return longest;
  };

  const judgeKind = (node: SqlNode, judgeChild: (child: unknown) => number): number => {
    const { class: kind, type } = node;
    switch (kind) {
      case 'CONSTANT':
        return judgeConstant(node);
      case 'COLUMN_REF':
        return judgeColumn(node);
      case 'FUNCTION':
        return judgeFunction(node, judgeChild);
      case 'OPERATOR':
        if (!ALLOWED_OPERATORS.has(String(type))) break;
        return longestOf(listOf(node['children']).map(judgeChild), type === 'OPERATOR_COALESCE');
      case 'COMPARISON':
        return longestOf([judgeChild(node['left']), judgeChild(node['right'])], false);
      case 'CONJUNCTION':
        return longestOf(listOf(node['children']).map(judgeChild), false);
      case 'BETWEEN':
        return longestOf(
          ['input', 'lower', 'upper'].map((part) => judgeChild(node[part])),
          false,
        );
      case 'CASE': {
        const checks = listOf(node['case_checks']);
        for (const check of checks) judgeChild(check['when_expr']);
        return longestOf(
          [...checks.map((check) => check['then_expr']), node['else_expr']].map(judgeChild),
          true,
        );
      }
      case 'CAST': {
        const wanted = isNode(node['cast_type']) ? node['cast_type']['id'] : undefined;
        if (!ALLOWED_TYPES.has(String(wanted)))
          throw refusal(
            `a cast to ${quote(wanted)} is not allowed.`,
            `Cast to ${[...ALLOWED_TYPES].join(', ')}.`,
          );
        return Math.max(SHORT, judgeChild(node['child']));
      }
      default:
    }
    throw refusal(
      `${KIND_WORDS[String(kind)] ?? `what is written there (${quote(type ?? kind)})`} is not allowed.`,
      'Use fields, constants, CASE, operators and the functions of docs/inventory.md.',
    );
  };

  const judgeColumn = (node: SqlNode): number => {
    const names = node['column_names'];
    const [name] = Array.isArray(names) ? (names as unknown[]) : [];
    if (!Array.isArray(names) || names.length !== 1 || typeof name !== 'string')
      throw refusal('a field is one word.', "Write the field's name alone, without a table.");
    const field = findField(name);
    if (field === undefined) {
      const meant = MEANT[name.toLowerCase()];
      throw new Refusal({
        code: 'unknownField',
        message: `there is no field ${quote(name)}.`,
        todo:
          meant === undefined
            ? `${suggestField(name)}See \`intune-gate inventory fields\`; texts stand in single quotes.`
            : `Write ${meant}.`,
      });
    }
    if (!mayUse(field))
      throw new Refusal({
        code: 'fieldNotChosen',
        message: `the field ${field.name} was not chosen.`,
        todo: `Add ${field.name} to \`fields\`.`,
      });
    fields.add(field);
    return field.type === 'text' ? LONGEST_TEXT : SHORT;
  };

  const judgeFunction = (node: SqlNode, judgeChild: (child: unknown) => number): number => {
    const name = String(node['function_name']).toLowerCase();
    const orders = isNode(node['order_bys']) ? node['order_bys']['orders'] : undefined;
    const plain =
      (node['schema'] === '' || node['schema'] === 'main') &&
      node['catalog'] === '' &&
      node['filter'] === null &&
      node['distinct'] === false &&
      node['export_state'] === false &&
      isEmptyList(orders);
    const known = Object.hasOwn(ALLOWED_FUNCTIONS, name) ? ALLOWED_FUNCTIONS[name] : undefined;
    if (known === undefined || !plain) {
      const meant = MEANT[name];
      throw refusal(
        `the function ${quote(name)} is not allowed.`,
        meant === undefined ? 'docs/inventory.md lists those that are.' : `Use ${meant}.`,
      );
    }
    const children = listOf(node['children']);
    const [fewest, most] = known.arguments;
    if (children.length < fewest || children.length > most)
      throw new Refusal({
        code: 'expressionInvalid',
        message: `${name.toUpperCase()} takes ${fewest === most ? fewest : `${fewest} to ${most}`} arguments, not ${children.length}.`,
        todo: 'Give as many.',
      });
    if (name === 'getutcdate') usesTime = true;
    return known.longest(children.map(judgeChild), children.map(wholeNumber));
  };

  try {
    judge(root, 0);
    return { ok: true, tree: { fields, usesTime } };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, finding: error.finding };
    throw error;
  }
}

const ALLOWED_OPERATORS: ReadonlySet<string> = new Set([
  'OPERATOR_COALESCE',
  'OPERATOR_NOT',
  'OPERATOR_IS_NULL',
  'OPERATOR_IS_NOT_NULL',
  'COMPARE_IN',
  'COMPARE_NOT_IN',
]);

const ALLOWED_CONSTANTS: ReadonlySet<string> = new Set([
  'NULL',
  'VARCHAR',
  'BOOLEAN',
  'INTEGER',
  'BIGINT',
  'DOUBLE',
  'DECIMAL',
]);

const KIND_WORDS: Readonly<Record<string, string>> = {
  SUBQUERY: 'a query inside an expression',
  WINDOW: 'a window function',
  LAMBDA: 'a lambda',
  STAR: 'a star (*)',
  PARAMETER: 'a parameter',
  POSITIONAL_REFERENCE: 'a positional reference (#1)',
  COLLATE: 'a collation',
  DEFAULT: 'DEFAULT',
};

function judgeConstant(node: SqlNode): number {
  const value = node['value'];
  const type = isNode(value) && isNode(value['type']) ? value['type']['id'] : undefined;
  if (!isNode(value) || !ALLOWED_CONSTANTS.has(String(type)))
    throw refusal(
      `a constant of the type ${quote(type)} is not allowed.`,
      'Write a text, a number, TRUE, FALSE or NULL.',
    );
  return typeof value['value'] === 'string' ? value['value'].length : SHORT;
}

/** The value of a whole number that is written out. */
function wholeNumber(node: SqlNode): number | undefined {
  const value = isNode(node['value']) ? node['value']['value'] : undefined;
  return node['class'] === 'CONSTANT' && typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : undefined;
}

function longestOf(lengths: readonly number[], isText: boolean): number {
  return isText ? Math.max(0, ...lengths) : SHORT;
}

/** Names come from whoever wrote the expression; they are shown short. */
function quote(text: unknown): string {
  return `"${String(text).slice(0, 60)}"`;
}

function refusal(message: string, todo: string): Refusal {
  return new Refusal({ code: 'expressionRefused', message, todo });
}

/** Leaves the recursion; never leaves this file. */
class Refusal extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.message);
    this.finding = finding;
  }
}
