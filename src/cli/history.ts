import { GateError } from '../errors.ts';
import type { Command } from './command.ts';
import { callGate, GATE_API_HELP, GATE_API_OPTIONS, parseGateApi, refusalOf } from './gateApi.ts';
import { parseOptions } from './parseOptions.ts';

export const historyCommand: Command = {
  name: 'history',
  summary: 'erase what is remembered of a device or a user',
  help: `
Usage: intune-gate history erase --url URL --key-file FILE (--device ID | --user NAME)

Has a running gate forget what was decided about a device, or for a user, by a caller with \`history: erase\`. The gate takes down that it
was done, by whom and when. What stands in the audit log already stays: it is a chain (docs/audit.md says what names are in it).

${GATE_API_HELP}
--device ID       the Intune or Entra id of the device
--user NAME       the login name of the user
--json            print JSON

Exit codes: 0 it is done, 1 there was nothing to erase, 2 usage, or the caller may not, 3 the gate or its Redis cannot be asked.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions(
      args,
      {
        ...GATE_API_OPTIONS,
        device: { type: 'string' },
        user: { type: 'string' },
        json: { type: 'boolean' },
      },
      true,
    );
    if (positionals.length !== 1 || positionals[0] !== 'erase') {
      throw new GateError('usage', 'say `history erase`');
    }
    const { device, user } = values;
    if ((device === undefined) === (user === undefined)) {
      throw new GateError('usage', 'say either --device ID or --user NAME');
    }
    const whose = device === undefined ? { user } : { deviceId: device };
    const answer = await callGate(parseGateApi(values, io.stopped), 'POST', '/v1/history/erase', whose);
    if (answer.status !== 200) {
      throw new GateError(answer.status >= 500 ? 'gateUnreachable' : 'usage', refusalOf(answer));
    }
    const { devices } = answer.body as { readonly devices: number };
    io.out(
      values.json === true
        ? `${JSON.stringify(answer.body)}\n`
        : `Records of ${devices} device${devices === 1 ? '' : 's'} were erased.\n`,
    );
    return devices === 0 ? 1 : 0;
  },
};
