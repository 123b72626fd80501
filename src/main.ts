#!/usr/bin/env node
import { text } from 'node:stream/consumers';
import { createAskSecret } from './cli/askSecret.ts';
import { runCli } from './cli/cli.ts';
import { createReadLine } from './cli/readLine.ts';
import { processEnvironment } from './config/environment.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Asked twice, it stops at once.
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    stop.abort();
  });
}
// A reader that goes away (`| head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2));

const exitCode = await runCli(process.argv.slice(2), {
  out: (line) => process.stdout.write(line),
  err: (line) => process.stderr.write(line),
  readInput: () => text(process.stdin),
  readLine: createReadLine(process.stdin, process.stderr),
  askSecret: createAskSecret(process.stdin, process.stderr),
  environment: processEnvironment(),
  onHangUp: (listener) => process.on('SIGHUP', listener),
  stopped: stop.signal,
});
// Connections of a cut-off shutdown must not keep the process alive.
await new Promise<void>((resolve) => {
  process.stdout.write('', () => resolve());
});
process.exit(exitCode);
