import { auditCommand } from './audit.ts';
import { certificateCommand } from './certificate.ts';
import type { Command } from './command.ts';
import { configCommand } from './config.ts';
import { decideCommand } from './decide.ts';
import { demoCommand } from './demo.ts';
import { explainCommand } from './explain.ts';
import { historyCommand } from './history.ts';
import { exceptionsCommand } from './exceptions.ts';
import { journeyCommand } from './journey.ts';
import { keyCommand } from './key.ts';
import { probeCommand } from './probe.ts';
import { serveCommand } from './serve.ts';
import { simulateCommand } from './simulate.ts';
import { usersCommand } from './users.ts';
import { verifyCommand } from './verify.ts';

/** Every command, in the order of the overview. */
export const COMMANDS: readonly Command[] = [
  demoCommand,
  serveCommand,
  decideCommand,
  verifyCommand,
  certificateCommand,
  journeyCommand,
  probeCommand,
  explainCommand,
  historyCommand,
  auditCommand,
  configCommand,
  keyCommand,
  usersCommand,
  exceptionsCommand,
  simulateCommand,
];
