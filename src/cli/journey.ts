import { GateError } from '../errors.ts';
import { checkJourneyFiles } from './checkJourneyFiles.ts';
import type { Command } from './command.ts';
import { drawJourneys } from './drawJourneys.ts';
import { parseOptions } from './parseOptions.ts';
import { runJourney } from './runJourney.ts';

export const journeyCommand: Command = {
  name: 'journey',
  summary: 'check exported journeys, draw them, or run one here in the terminal',
  help: `
Usage: intune-gate journey check FILE... [--config FILE] [--json]
       intune-gate journey run FILE... [--tree NAME] [--config FILE] [--header 'NAME: VALUE']... [--caller NAME]
                               [--answers FILE] [--json]
       intune-gate journey draw FILE... [--tree NAME] [--format svg|mermaid] [--out FILE]

FILE is an export of PingAM or Advanced Identity Cloud in any layout (docs/journeys.md), or a folder of them.

check  tells everything that is wrong with the journeys, each with file, tree, node and JSON pointer, and names every node type this
       engine does not have. Nothing is run.
run    runs a journey: what it asks is asked here, and what it ends in is printed.
draw   draws the journeys, from left to right, also those that may not run. The same files always give the same picture.

--config FILE    the gate's configuration: its tenants stand behind the IntuneNodes, its variables behind &{esv.…}
--tree NAME      the journey to run; default: the only one that can be started. Or the one to draw; default: all of them
--header LINE    a request header, e.g. 'x-intune: CN=<id>'; may be repeated
--caller NAME    who delivers the headers; default: the only one that journeys.from names
--answers FILE   take the answers from a file instead: a JSON list with one list of values for each step, in the order of the inputs
--format FORMAT  of the picture: svg (default), which stands alone and follows light and dark pages, or mermaid
--out FILE       write the picture into this file, not to stdout
--json           print findings, or the end of the journey, as JSON

Exit codes: 0 nothing wrong (warnings aside), or success; 1 something is wrong, or cannot be drawn, or the login failed; 2 usage or configuration, or the
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
        format: { type: 'string' },
        out: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
      true,
    );
    const [action, ...files] = positionals;
    const run = ACTIONS.find(({ name }) => name === action);
    if (run === undefined || files.length === 0) {
      throw new GateError(
        'usage',
        'say `journey check FILE...`, `journey run FILE...` or `journey draw FILE...`',
      );
    }
    const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== false);
    for (const [option, value] of given) {
      const owners = ACTIONS.filter(({ options }) => options.includes(option)).map(({ name }) => name);
      if (owners.includes(run.name) || (Array.isArray(value) && value.length === 0)) continue;
      throw new GateError(
        'usage',
        `--${option} belongs to ${owners.map((name) => `\`journey ${name}\``).join(' and ')}`,
      );
    }
    switch (run.name) {
      case 'check':
        return checkJourneyFiles(files, values, io);
      case 'run':
        return runJourney(files, values, io);
      case 'draw':
        return drawJourneys(files, values, io);
    }
  },
};

/** What the command does, and the options that mean something to it. */
const ACTIONS: readonly { readonly name: 'check' | 'run' | 'draw'; readonly options: readonly string[] }[] = [
  { name: 'check', options: ['config', 'json'] },
  { name: 'run', options: ['config', 'tree', 'header', 'caller', 'answers', 'json'] },
  { name: 'draw', options: ['tree', 'format', 'out'] },
];
