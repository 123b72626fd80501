import { GateError } from '../errors.ts';
import type { Command } from './command.ts';
import {
  askGate,
  GATE_HELP,
  GATE_OPTIONS,
  openGateAccess,
  tellProblem,
  tellUnreachable,
} from './gateClient.ts';
import { parseOptions } from './parseOptions.ts';
import { renderAnswer } from './renderAnswer.ts';

export const operationsCommand: Command = {
  name: 'operations',
  summary: 'see what your key may do, and what became of a request',
  help: `
Usage: intune-gate operations list [--json]
       intune-gate operations show ID [--json]

list  all operations, and which of them your key was granted
show  one request to change something, with what the device reported since

--json           print the answer as JSON
${GATE_HELP}

Exit codes: 0 done; 1 there is no such request; 2 usage, or the key is not known; 3 no answer.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, { ...GATE_OPTIONS, json: { type: 'boolean' } }, true);
    const [action, id, ...others] = positionals;
    const isGood = action === 'list' ? id === undefined : action === 'show' && id !== undefined;
    if (!isGood || others.length > 0) throw new GateError('usage', 'say `list` or `show ID`');
    const access = openGateAccess(values, io);
    const path = id === undefined ? '/v1/operations' : `/v1/operations/${encodeURIComponent(id)}`;
    try {
      const reply = await askGate(access, 'GET', path);
      if (reply.status >= 300) return tellProblem(reply, 'operations', io);
      io.out(values.json === true ? `${JSON.stringify(reply.body)}\n` : renderAnswer(reply.body));
      return 0;
    } catch (error) {
      return tellUnreachable(error, access, 'operations', io);
    }
  },
};
