import type { ExitCode, Io } from '../command.ts';
import { checkAction } from './check.ts';
import { fieldsAction } from './fields.ts';
import { reportAction } from './report.ts';
import { schemaAction } from './schema.ts';
import { serveAction } from './serve.ts';
import { syncAction } from './sync.ts';
import { tryAction } from './try.ts';

export type InventoryAction = (args: readonly string[], io: Io) => Promise<ExitCode>;

/** Everything `intune-gate inventory` can do. */
export const INVENTORY_ACTIONS: Readonly<Record<string, InventoryAction>> = {
  fields: fieldsAction,
  try: tryAction,
  check: checkAction,
  sync: syncAction,
  report: reportAction,
  serve: serveAction,
  schema: schemaAction,
};
