import type { ReadStream } from 'node:tty';
import { GateError } from '../errors.ts';

const LONGEST = 4_096;

/** What of a terminal is needed to ask for a secret. */
export type SecretTerminal = Pick<
  ReadStream,
  'isTTY' | 'setRawMode' | 'on' | 'once' | 'off' | 'resume' | 'pause' | 'setEncoding'
>;

/**
 * Makes what asks a person at a terminal for a secret. Undefined if the input is no terminal. What is typed is not shown; Backspace and
 * Ctrl-U work.
 *
 * What is returned throws GateError `usage` for Ctrl-C, Ctrl-D, the end of the input and an endless line.
 */
export function createAskSecret(
  input: SecretTerminal,
  output: { write(text: string): unknown },
): ((question: string) => Promise<string>) | undefined {
  if (!input.isTTY) return undefined;
  // What was typed, or pasted, ahead of the next question.
  let ahead = '';
  return (question) =>
    new Promise((resolve, reject) => {
      let typed: string[] = [];
      let isAsking = true;
      const finish = (): void => {
        isAsking = false;
        input.off('data', take);
        input.off('end', giveUp);
        input.setRawMode(false);
        input.pause();
        output.write('\n');
      };
      const giveUp = (): void => {
        finish();
        reject(new GateError('usage', 'given up'));
      };
      const take = (chunk: string): void => {
        const characters = Array.from(chunk);
        for (const [index, character] of characters.entries()) {
          switch (character) {
            case '\r':
            case '\n':
              ahead = characters.slice(index + 1).join('');
              finish();
              resolve(typed.join(''));
              return;
            case '\u0003':
            case '\u0004':
              giveUp();
              return;
            case '\u007F':
            case '\b':
              typed = typed.slice(0, -1);
              break;
            case '\u0015':
              typed = [];
              break;
            default:
              typed.push(character);
          }
        }
        if (typed.length > LONGEST) {
          finish();
          reject(new GateError('usage', 'that is too long'));
        }
      };
      output.write(question);
      input.setEncoding('utf8');
      input.setRawMode(true);
      input.on('data', take);
      input.once('end', giveUp);
      const typedAhead = ahead;
      ahead = '';
      take(typedAhead);
      if (isAsking) input.resume();
    });
}
