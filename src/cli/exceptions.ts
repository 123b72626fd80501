import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ExceptionConfig } from '../config/exceptionsSchema.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { parseExceptions, proposedOf } from '../config/parseExceptions.ts';
import { GateError } from '../errors.ts';
import { signApproval, type ProposedException } from '../policy/approval.ts';
import type { PolicyException } from '../policy/policyException.ts';
import type { Command, Io } from './command.ts';
import { parseOptions, required } from './parseOptions.ts';

export const exceptionsCommand: Command = {
  name: 'exceptions',
  summary: 'approve exceptions to policies, and show those that hold',
  help: `
Usage: intune-gate exceptions approve FILE --id ID --as NAME --key KEYFILE
       intune-gate exceptions list --config FILE [--json]

An exception lets a device or a person pass for a while although a policy says no (docs/forwardAuth.md). It holds once enough approvers
have signed it: one, or two for break-glass.

approve      shows an exception of FILE and prints the lines that belong under its \`approvals\`; whatever is changed afterwards needs
             a new approval
--id ID      the exception
--as NAME    the approver, as exceptions.approvers of the configuration names them
--key FILE   the private key of this person, PEM, Ed25519 (openssl genpkey -algorithm ed25519)

list         shows the exceptions of a configuration that hold now or will, and what keeps others from it
--json       as JSON

Exit codes: 0 done, 1 there is no such exception, 2 usage or configuration.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions(
      args,
      {
        config: { type: 'string', short: 'c' },
        id: { type: 'string' },
        as: { type: 'string' },
        key: { type: 'string' },
        json: { type: 'boolean' },
      },
      true,
    );
    const [action, file, ...others] = positionals;
    if (action === 'list' && file === undefined) {
      const { exceptions, warnings } = loadConfig(required(values.config, '--config FILE'), io.environment);
      list(
        exceptions,
        warnings.filter(({ path }) => path[0] === 'exceptions'),
        values.json === true,
        io,
      );
      return 0;
    }
    if (action !== 'approve' || file === undefined || others.length > 0) {
      throw new GateError('usage', 'say `exceptions approve FILE` or `exceptions list`');
    }
    const id = required(values.id, '--id ID');
    const by = required(values.as, '--as NAME');
    const key = readKey(required(values.key, '--key FILE'));
    const exception = readFile(file).find((one) => one.id === id);
    if (exception === undefined) {
      io.err(`intune-gate exceptions: ${file} holds no exception ${id}\n`);
      return 1;
    }
    const proposed = proposedOf(exception);
    io.err(`${describe(proposed).join('\n')}\n`);
    io.out(`      - by: ${by}\n        signature: ${signApproval(proposed, key)}\n`);
    return 0;
  },
};

function readFile(file: string): readonly ExceptionConfig[] {
  const parsed = parseExceptions(readText(file));
  if (!parsed.ok)
    throw new GateError('usage', parsed.problems.map((one) => `${file}: a file ${one}`).join('\n'));
  return parsed.exceptions;
}

/** @throws GateError without anything of the file: it is a secret */
function readKey(file: string): KeyObject {
  const text = readText(file);
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The same answer for all that is no such key.
  }
  throw new GateError('usage', `${file} holds no private key of Ed25519 (PEM, without a passphrase)`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new GateError('usage', `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}`, {
      cause: error,
    });
  }
}

function list(
  exceptions: readonly PolicyException[],
  warnings: readonly { readonly message: string }[],
  asJson: boolean,
  io: Io,
): void {
  const now = Date.now();
  const rows = exceptions.map((exception) => ({
    ...exception,
    from: new Date(exception.from).toISOString(),
    until: new Date(exception.until).toISOString(),
    holds: exception.from <= now && now < exception.until,
  }));
  if (asJson) {
    io.out(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  for (const row of exceptions) io.out(`${describe(row).join('\n')}\n\n`);
  for (const { message } of warnings) io.out(`The configuration ${message}.\n`);
  if (exceptions.length === 0 && warnings.length === 0) io.out('There are no exceptions.\n');
}

/** What an approver has to know. */
function describe(
  exception: ProposedException & Partial<Pick<PolicyException, 'approvedBy'>>,
): readonly string[] {
  const { id, kind, device, user, policies, reason, from, until, approvedBy } = exception;
  return [
    `${id} (${kind})`,
    `  for       ${device === undefined ? `the person ${JSON.stringify(user)}` : `the device ${device}`}`,
    `  policies  ${policies?.join(', ') ?? 'all'}`,
    `  from      ${new Date(from).toISOString()}`,
    `  until     ${new Date(until).toISOString()}`,
    `  because   ${JSON.stringify(reason)}`,
    ...(approvedBy === undefined ? [] : [`  approved  by ${approvedBy.join(', ')}`]),
  ];
}
