import { parseArgs, type ParseArgsConfig } from 'node:util';
import { GateError } from '../errors.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Parses the options of a command. @throws GateError `usage` in words a person can act on */
export function parseOptions<const T extends Options>(
  args: readonly string[],
  options: T,
  allowPositionals = false,
): ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: boolean; strict: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals, strict: true });
  } catch (error) {
    const [firstSentence = 'the options were not understood'] = (error as Error).message.split(/\.\s/);
    throw new GateError('usage', firstSentence, { cause: error });
  }
}

/** An option the command cannot do without. */
export function required(value: string | undefined, option: string): string {
  if (value === undefined || value === '') throw new GateError('usage', `${option} is required`);
  return value;
}

/** A TCP port; 0 asks for a free one. */
export function parsePort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(port <= 65_535)) throw new GateError('usage', 'a port is a number from 0 to 65535');
  return port;
}

/** A whole number from 0 to `largest`. */
export function parseCount(value: string, option: string, largest: number): number {
  const count = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(count <= largest)) {
    throw new GateError('usage', `${option} takes a whole number from 0 to ${largest}`);
  }
  return count;
}
