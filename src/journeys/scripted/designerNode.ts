import type { Json } from '../json.ts';

/** One setting of a node type made with the Node Designer. */
export interface DesignerProperty {
  readonly type: 'STRING' | 'NUMBER' | 'BOOLEAN' | 'OBJECT';
  readonly required: boolean;
  readonly multivalued: boolean;
  /** Undefined for none. */
  readonly defaultValue: Json | undefined;
}

/** A node type made with AM's Node Designer: a script with settings of its own. */
export interface DesignerNode {
  /** As trees spell it: `designer-` and 32 hex digits. */
  readonly type: string;
  readonly displayName: string;
  readonly outcomes: readonly string[];
  /** State keys; none declared means that nothing is filtered. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Has an outcome of its own for a script that fails. */
  readonly errorOutcome: boolean;
  readonly script: string;
  readonly properties: ReadonlyMap<string, DesignerProperty>;
}
