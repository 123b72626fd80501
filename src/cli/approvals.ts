import { GateError } from '../errors.ts';
import type { Command, ExitCode, Io } from './command.ts';
import {
  askGate,
  GATE_HELP,
  GATE_OPTIONS,
  openGateAccess,
  tellProblem,
  tellUnreachable,
  type GateAccess,
} from './gateClient.ts';
import { parseOptions } from './parseOptions.ts';
import { renderAnswer } from './renderAnswer.ts';

export const approvalsCommand: Command = {
  name: 'approvals',
  summary: 'see what waits for approval, and approve or deny it',
  help: `
Usage: intune-gate approvals list [--json]
       intune-gate approvals approve ID [--digest DIGEST] [--dry-run] [--json]
       intune-gate approvals deny ID [--dry-run] [--json]

Nobody approves an own request, whatever key is used. An approval is good for what was looked at, once, and for the time the request
says. What stands in quotes was written by a device or a person.

list     requests that wait: your own, and those you may approve
approve  shows the request, asks, and approves it, whereupon it is carried out
deny     ends a request; an own one is withdrawn

--digest DIGEST  the digest of the request you looked at; then nothing is asked
--dry-run        tell whether it could be done, and decide nothing
--json           print answers as JSON
${GATE_HELP}

Exit codes: 0 done; 1 refused, or you said no; 2 usage, or the key is not known; 3 no answer.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions(
      args,
      {
        ...GATE_OPTIONS,
        json: { type: 'boolean' },
        digest: { type: 'string' },
        'dry-run': { type: 'boolean' },
      },
      true,
    );
    const [action, id, ...others] = positionals;
    const isKnown = action === 'list' || action === 'approve' || action === 'deny';
    if (!isKnown || others.length > 0 || (id === undefined) !== (action === 'list')) {
      throw new GateError('usage', 'say `list`, `approve ID` or `deny ID`');
    }
    if (values.digest !== undefined && action !== 'approve') {
      throw new GateError('usage', `--digest does not belong to \`approvals ${action}\``);
    }
    const access = openGateAccess(values, io);
    const show = (body: unknown): void => {
      io.out(values.json === true ? `${JSON.stringify(body)}\n` : renderAnswer(body, COLUMNS));
    };
    try {
      if (id === undefined) return await tell(access, 'GET', '/v1/approvals', undefined, show, io);
      const at = encodeURIComponent(id);
      const isDryRun = values['dry-run'] === true;
      const digest = action === 'deny' ? undefined : (values.digest ?? (await lookAndAsk(access, at, io)));
      if (typeof digest === 'number') return digest;
      const body = { dry_run: isDryRun, ...(digest === undefined ? {} : { digest }) };
      return await tell(access, 'POST', `/v1/approvals/${at}/${action}`, body, show, io);
    } catch (error) {
      return tellUnreachable(error, access, 'approvals', io);
    }
  },
};

const COLUMNS = ['id', 'operation', 'device_id', 'device_name', 'reason', 'requested_by', 'approve_before'];

async function tell(
  access: GateAccess,
  method: string,
  path: string,
  body: object | undefined,
  show: (body: unknown) => void,
  io: Io,
): Promise<ExitCode> {
  const reply = await askGate(access, method, path, body);
  if (reply.status >= 300) return tellProblem(reply, 'approvals', io);
  show(reply.body);
  return 0;
}

/** Shows the request and asks. The digest of what was shown; an exit code if it is not to be approved. */
async function lookAndAsk(access: GateAccess, at: string, io: Io): Promise<string | ExitCode> {
  const reply = await askGate(access, 'GET', `/v1/operations/${at}`);
  if (reply.status >= 300) return tellProblem(reply, 'approvals', io);
  io.err(renderAnswer(reply.body));
  const answer = await io.readLine('Approve this? Type yes: ', false);
  if (answer?.trim() !== 'yes') {
    io.err('Nothing was approved.\n');
    return 1;
  }
  return String((reply.body as { readonly digest?: unknown }).digest);
}
