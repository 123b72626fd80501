import { composeIdentity } from '../composeIdentity.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { GateError } from '../errors.ts';
import type { Command } from './command.ts';
import { parseOptions, required } from './parseOptions.ts';
import { USER_ACTIONS } from './userActions.ts';

export const usersCommand: Command = {
  name: 'users',
  summary: 'manage people: accounts, passwords, one-time-password devices, locks',
  help: `
Usage: intune-gate users add NAME --config FILE [--attribute KEY=VALUE …] [--no-password]
       intune-gate users list --config FILE [--json]
       intune-gate users remove|password|unlock|disable|enable NAME --config FILE
       intune-gate users otp add NAME --config FILE [--algorithm totp|hotp] [--digits 6|8] [--issuer TEXT] [--device-name TEXT]
       intune-gate users otp remove NAME --config FILE [--device ID]
       intune-gate users recovery-codes NAME --config FILE [--device ID]

Passwords are asked for at a terminal, and otherwise read from the first line of stdin; never from the command line.
A running gate sees every change at once.

add             adds an account; --attribute may be repeated (mail=a@example.com), --no-password leaves it without one
list            shows accounts with their devices, never a secret
remove          removes an account, its devices and its failures
password        sets a new password, and ends a lock
unlock          forgets failed passwords and codes
disable         lets a person log in no more; enable ends it
otp add         registers a device and prints its otpauth URI, this once
otp remove      removes a device, or all
recovery-codes  prints ten new recovery codes, this once; those before work no more

Where people live in a directory (LDAP), add, list, remove and password are the directory's. The rest is the gate's own.

Exit codes: 0 done, 1 there is no such user or device, or the name is taken, 2 usage or configuration, 3 the store is unavailable.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions(
      args,
      {
        config: { type: 'string', short: 'c' },
        attribute: { type: 'string', multiple: true },
        'no-password': { type: 'boolean' },
        json: { type: 'boolean' },
        algorithm: { type: 'string' },
        digits: { type: 'string' },
        issuer: { type: 'string' },
        'device-name': { type: 'string' },
        device: { type: 'string' },
      },
      true,
    );
    const [first = '', second = ''] = positionals;
    const name = first === 'otp' ? `otp ${second}` : first;
    const action = Object.hasOwn(USER_ACTIONS, name) ? USER_ACTIONS[name] : undefined;
    if (action === undefined)
      throw new GateError('usage', `say one of: ${Object.keys(USER_ACTIONS).join(', ')}`);
    const { config: file, ...given } = values;
    const misplaced = Object.keys(given).find((option) => !action.options.includes(option));
    if (misplaced !== undefined)
      throw new GateError('usage', `--${misplaced} does not belong to \`users ${name}\``);
    const operands = positionals.slice(first === 'otp' ? 2 : 1);
    const [username = ''] = operands;
    if (operands.length !== (action.needsName ? 1 : 0) || (action.needsName && username === '')) {
      throw new GateError('usage', `say \`users ${name}${action.needsName ? ' NAME' : ''}\``);
    }

    const setup = loadConfig(required(file, '--config FILE'), io.environment).identity;
    if (setup === undefined) throw new GateError('usage', 'the configuration has no `identity`');
    try {
      await action.run({ ...composeIdentity(setup, { mayBeginEmpty: true }), username, values, io });
      return 0;
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      if (error.code !== 'identityRefused' && error.code !== 'identityUnavailable') throw error;
      io.err(`intune-gate users: ${error.message}\n`);
      return error.code === 'identityRefused' ? 1 : 3;
    }
  },
};
