import { mappingJsonSchema } from '../../inventory/mapping/mappingSchema.ts';
import type { ExitCode, Io } from '../command.ts';
import { parseOptions } from '../parseOptions.ts';

export function schemaAction(args: readonly string[], io: Io): Promise<ExitCode> {
  parseOptions(args, {});
  io.out(`${JSON.stringify(mappingJsonSchema(), null, 2)}\n`);
  return Promise.resolve(0);
}
