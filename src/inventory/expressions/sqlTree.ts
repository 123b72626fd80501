/** A node of the tree that DuckDB makes of an expression. Only objects hold nodes; what is read of them is checked where it is read. */
export type SqlNode = Readonly<Record<string, unknown>>;

export type ParsedSql =
  | { readonly ok: true; readonly node: SqlNode }
  | { readonly ok: false; readonly kind: 'syntax' | 'notOneExpression'; readonly detail: string };

/**
 * Takes the one expression out of what `json_serialize_sql` gives for `SELECT (…)`. Whatever is more than that, a second statement or
 * column, a table, a condition, an order, is no expression, whatever way it came in.
 */
export function parseSqlTree(serialized: string): ParsedSql {
  const tree: unknown = JSON.parse(serialized);
  if (!isNode(tree) || tree['error'] !== false) {
    const message = isNode(tree) ? tree['error_message'] : undefined;
    return { ok: false, kind: 'syntax', detail: typeof message === 'string' ? message : 'it cannot be read' };
  }
  const refused = { ok: false, kind: 'notOneExpression', detail: 'it is more than one expression' } as const;
  const statements = listOf(tree['statements']);
  const [statement] = statements;
  if (statements.length !== 1 || statement === undefined) return refused;
  const select = statement['node'];
  if (!isNode(select) || select['type'] !== 'SELECT_NODE') return refused;
  const table = select['from_table'];
  const columns = listOf(select['select_list']);
  const [only] = columns;
  const alone =
    isNode(table) &&
    table['type'] === 'EMPTY' &&
    isEmptyList(select['modifiers']) &&
    isEmptyList(select['group_expressions']) &&
    isEmptyList(select['group_sets']) &&
    ['where_clause', 'having', 'sample', 'qualify'].every((part) => select[part] === null) &&
    isNode(select['cte_map']) &&
    isEmptyList(select['cte_map']['map']) &&
    isEmptyList(statement['named_param_map']);
  if (!alone || columns.length !== 1 || only === undefined) return refused;
  return { ok: true, node: only };
}

export function isNode(value: unknown): value is SqlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The nodes of a list; an entry that is none becomes an empty one, which nobody accepts. */
export function listOf(value: unknown): readonly SqlNode[] {
  return Array.isArray(value) ? value.map((entry: unknown) => (isNode(entry) ? entry : {})) : [];
}

export function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
