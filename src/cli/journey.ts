import { GateError } from '../errors.ts';
import { checkJourneyFiles } from './checkJourneyFiles.ts';
import type { Command } from './command.ts';
import { parseOptions } from './parseOptions.ts';
import { runJourney } from './runJourney.ts';

export const journeyCommand: Command = {
  name: 'journey',
  summary: 'check exported journeys, or run one here in the terminal',
  help: `
Usage: intune-gate journey check FILE... [--config FILE] [--json]
       intune-gate journey run FILE... [--tree NAME] [--config FILE] [--header 'NAME: VALUE']... [--caller NAME]
                               [--answers FILE] [--json]

FILE is an export of PingAM or Advanced Identity Cloud in any layout (docs/journeys.md), or a folder of them.

check  tells everything that is wrong with the journeys, each with file, tree, node and JSON pointer, and names every node type this
       engine does not have. Nothing is run.
run    runs a journey: what it asks is asked here, and what it ends in is printed.

--config FILE    the gate's configuration: its tenants stand behind the IntuneNodes, its variables behind &{esv.…}
--tree NAME      the journey to run; default: the only one that can be started
--header LINE    a request header, e.g. 'x-intune: CN=<id>'; may be repeated
--caller NAME    who delivers the headers; default: the only one that journeys.from names
--answers FILE   take the answers from a file instead: a JSON list with one list of values for each step, in the order of the inputs
--json           print findings, or the end of the journey, as JSON

Exit codes: 0 nothing wrong (warnings aside), or success; 1 something is wrong, or the login failed; 2 usage or configuration, or the
journey may not run; 3 it failed because of Microsoft or the way there.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions(
      args,
      {
        config: { type: 'string', short: 'c' },
        tree: { type: 'string' },
        header: { type: 'string', multiple: true, default: [] },
        caller: { type: 'string' },
        answers: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
      true,
    );
    const [action, ...files] = positionals;
    if (files.length === 0 || (action !== 'check' && action !== 'run')) {
      throw new GateError('usage', 'say `journey check FILE...` or `journey run FILE...`');
    }
    if (action === 'run') return runJourney(files, values, io);
    const misplaced = (['tree', 'caller', 'answers'] as const).find((option) => values[option] !== undefined);
    if (misplaced !== undefined || values.header.length > 0) {
      throw new GateError('usage', `--${misplaced ?? 'header'} belongs to \`journey run\``);
    }
    return checkJourneyFiles(files, values, io);
  },
};
