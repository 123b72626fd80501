import type { IncomingMessage, ServerResponse } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpServer, type McpServerOptions } from './mcpServer.ts';

/**
 * Answers one POST of the streamable HTTP transport, with JSON and without a session: the caller proves itself each time, so there is
 * nothing to take over, and any replica may answer.
 */
export async function answerMcp(
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
  options: McpServerOptions,
): Promise<void> {
  const server = createMcpServer(options);
  // No generator of session ids: stateless.
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  const end = (): void => {
    void transport.close();
    void server.close();
  };
  response.once('close', end);
  try {
    await server.connect(transport);
    await transport.handleRequest(request, response, body);
  } catch (error) {
    end();
    throw error;
  }
}
