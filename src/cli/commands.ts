import { approvalsCommand } from './approvals.ts';
import { auditCommand } from './audit.ts';
import { certificateCommand } from './certificate.ts';
import type { Command } from './command.ts';
import { configCommand } from './config.ts';
import { decideCommand } from './decide.ts';
import { demoCommand } from './demo.ts';
import { explainCommand } from './explain.ts';
import { historyCommand } from './history.ts';
import { exceptionsCommand } from './exceptions.ts';
import { inventoryCommand } from './inventory.ts';
import { journeyCommand } from './journey.ts';
import { keyCommand } from './key.ts';
import { mcpCommand } from './mcp.ts';
import { createOperationCommand } from './operationCommand.ts';
import { operationsCommand } from './operations.ts';
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
  createOperationCommand('devices', 'list, find, explain and change devices through a running gate'),
  createOperationCommand('groups', 'find Entra groups, their members, and who is in them'),
  operationsCommand,
  approvalsCommand,
  mcpCommand,
  inventoryCommand,
  simulateCommand,
];
