import { composeGate } from '../compose.ts';
import { configJsonSchema } from '../config/configSchema.ts';
import { formatProblem } from '../config/configProblem.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { GateError } from '../errors.ts';
import { createLogger } from '../http/logging.ts';
import { describe } from './checkJourneyFiles.ts';
import type { Command } from './command.ts';
import { parseOptions } from './parseOptions.ts';

export const configCommand: Command = {
  name: 'config',
  summary: 'check a configuration file, or print the schema of one',
  help: `
Usage: intune-gate config check FILE   (or --config FILE)
       intune-gate config schema

check   reads the file and every file and variable it names, and reports all mistakes at once. Nothing is started.
        Warnings name what is allowed but can hardly be meant, and what is wrong with journeys; they do not change the exit code,
        except for a default journey that may not run.
schema  prints the JSON Schema of the file, for editors.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, { config: { type: 'string', short: 'c' } }, true);
    const [action, ...named] = positionals;
    if (action === 'schema' && values.config !== undefined) {
      throw new GateError('usage', '`config schema` takes no --config: it is the same for every file');
    }
    if (action === 'schema' && named.length === 0) {
      io.out(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
      return 0;
    }
    const [file, ...others] = values.config === undefined ? named : [values.config, ...named];
    if (action !== 'check' || file === undefined || file === '' || others.length > 0) {
      throw new GateError('usage', 'say `config check FILE` or `config schema`');
    }
    const config = loadConfig(file, io.environment);
    const gate = composeGate(config, { logger: createLogger('silent') });
    await gate.close();
    for (const warning of config.warnings) io.err(`Warning: ${formatProblem(warning)}\n`);
    for (const finding of gate.journeys?.checked.findings ?? []) io.err(`Journeys: ${describe(finding)}\n`);
    const count = (record: object): number => Object.keys(record).length;
    io.out(
      `${file} is good: ${count(config.nodes)} node(s), ${count(config.tenants)} tenant(s), ${config.callers.length} caller(s).\n`,
    );
    return 0;
  },
};
