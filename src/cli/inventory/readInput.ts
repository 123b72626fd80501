import { readFileSync } from 'node:fs';
import { describeFileError } from '../../config/resolution.ts';
import { GateError } from '../../errors.ts';

const LARGEST = 4_194_304;

/** Text of a file that a person named. @throws GateError `usage` in words */
export function readInputFile(file: string): string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > LARGEST) throw new GateError('usage', `${file} is larger than 4 MiB`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof GateError) throw error;
    const words = error instanceof TypeError ? 'it is not UTF-8' : describeFileError(error);
    throw new GateError('usage', `${file} cannot be read: ${words}`, { cause: error });
  }
}
