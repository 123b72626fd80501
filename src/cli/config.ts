import { configJsonSchema } from '../config/configSchema.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { GateError } from '../errors.ts';
import type { Command } from './command.ts';
import { parseOptions } from './parseOptions.ts';

export const configCommand: Command = {
  name: 'config',
  summary: 'check a configuration file, or print the schema of one',
  help: `
Usage: intune-gate config check FILE
       intune-gate config schema

check   reads the file and every file and variable it names, and reports all mistakes at once. Nothing is started.
schema  prints the JSON Schema of the file, for editors.
`,
  async run(args, io) {
    const { positionals } = parseOptions(args, { config: { type: 'string' } }, true);
    const [action, file] = positionals;
    if (action === 'schema' && positionals.length === 1) {
      io.out(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
      return 0;
    }
    if (action !== 'check' || file === undefined || positionals.length > 2) {
      throw new GateError('usage', 'say `config check FILE` or `config schema`');
    }
    const config = loadConfig(file, io.environment);
    const count = (record: object): number => Object.keys(record).length;
    io.out(
      `${file} is good: ${count(config.nodes)} node(s), ${count(config.tenants)} tenant(s), ${config.callers.length} caller(s).\n`,
    );
    return 0;
  },
};
