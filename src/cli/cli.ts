import { readFileSync } from 'node:fs';
import { GateError } from '../errors.ts';
import type { ExitCode, Io } from './command.ts';
import { COMMANDS } from './commands.ts';

/** Picks the command, runs it, and turns what was thrown into one message and an exit code. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const [name, ...args] = argv;
  if (name === '--version' || name === '-v') {
    io.out(`${version()}\n`);
    return 0;
  }
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return help(args[0], io);
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    io.err(`intune-gate: there is no command "${name}". Try: intune-gate help\n`);
    return 2;
  }
  if (args.includes('--help') || args.includes('-h')) return help(name, io);
  try {
    return await command.run(args, io);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    io.err(`intune-gate ${name}: ${error.message}\n`);
    if (error.code === 'usage') io.err(`Try: intune-gate help ${name}\n`);
    return error.code === 'gateUnreachable' ? 3 : 2;
  }
}

function help(name: string | undefined, io: Io): ExitCode {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command !== undefined) {
    io.out(`${command.help.trim()}\n`);
    return 0;
  }
  const width = Math.max(...COMMANDS.map((candidate) => candidate.name.length));
  if (name !== undefined) {
    io.err(`intune-gate: there is no command "${name}". Try: intune-gate help\n`);
    return 2;
  }
  io.out(
    [
      'intune-gate: may this device go on, and if not, why not?',
      '',
      'Usage: intune-gate COMMAND [OPTIONS]',
      '',
      ...COMMANDS.map((candidate) => `  ${candidate.name.padEnd(width)}  ${candidate.summary}`),
      '',
      'intune-gate help COMMAND tells more. Exit codes: 0 success, 1 the answer is no, 2 usage or configuration, 3 upstream trouble.',
      '',
    ].join('\n'),
  );
  return 0;
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
