import type { Command } from './command.ts';
import { GATE_HELP, GATE_OPTIONS, openGateAccess, tellUnreachable } from './gateClient.ts';
import { parseOptions } from './parseOptions.ts';

export const mcpCommand: Command = {
  name: 'mcp',
  summary: 'bring the tools of a running gate to an assistant on this machine (MCP over stdio)',
  help: `
Usage: intune-gate mcp [--gate URL] [--key-file FILE] [--ca FILE]

Speaks the Model Context Protocol on stdin and stdout and hands everything on to POST /mcp of a running gate, which decides what the key
may do, asks for approvals and records calls. To be started by the assistant; it ends with it.

${GATE_HELP}

Exit codes: 0 the assistant has gone, 2 usage, 3 no answer.
`,
  async run(args, io) {
    const { values } = parseOptions(args, GATE_OPTIONS);
    const access = openGateAccess(values, io);
    try {
      // The library is for this command alone.
      const { bridgeStdio } = await import('../mcp/bridgeStdio.ts');
      await bridgeStdio({ ...access, onProblem: (words) => io.err(`intune-gate mcp: ${words}\n`) });
      return 0;
    } catch (error) {
      return tellUnreachable(error, access, 'mcp', io);
    }
  },
};
