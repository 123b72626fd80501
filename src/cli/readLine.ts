import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Io } from './command.ts';

/**
 * Reads answers line by line, from a person or from a pipe. The terminal is opened at the first question and let go between questions, so
 * that it keeps no process alive. Prompts go to `output`.
 */
export function createReadLine(input: NodeJS.ReadStream, output: NodeJS.WritableStream): Io['readLine'] {
  let lines: AsyncIterator<string> | undefined;
  let reader: Interface | undefined;
  let hides = false;
  const shown = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!hides) output.write(chunk);
      done();
    },
  });
  return async (prompt, hidden) => {
    if (reader === undefined) {
      reader = createInterface({ input, output: shown, terminal: input.isTTY });
      lines = reader[Symbol.asyncIterator]();
    }
    output.write(prompt);
    hides = hidden && input.isTTY;
    input.resume();
    const next = await lines?.next();
    input.pause();
    if (hides) output.write('\n');
    hides = false;
    return next?.done === false ? next.value : undefined;
  };
}
