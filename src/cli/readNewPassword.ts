import { GateError } from '../errors.ts';
import { LONGEST_PASSWORD_BYTES, mayBePassword } from '../identity/passwordInput.ts';
import type { Io } from './command.ts';

const SHORTEST = 8;

/**
 * A new password: typed twice at a terminal, or the first line of stdin. Never from the command line, which others can see.
 *
 * @throws GateError `usage` for one that cannot be a password or is shorter than 8 characters
 */
export async function readNewPassword(io: Io): Promise<string> {
  const password = await read(io);
  if (Array.from(password).length < SHORTEST) {
    throw new GateError(
      'usage',
      `a password has at least ${SHORTEST} characters; stdin or the prompt gave fewer`,
    );
  }
  if (!mayBePassword(password)) {
    throw new GateError('usage', `a password has at most ${LONGEST_PASSWORD_BYTES} bytes, and no NUL`);
  }
  return password;
}

async function read({ askSecret, readInput }: Io): Promise<string> {
  if (askSecret === undefined) return (await readInput()).split(/\r?\n/, 1)[0] ?? '';
  const password = await askSecret('New password: ');
  if ((await askSecret('Once more: ')) !== password) throw new GateError('usage', 'the two are not the same');
  return password;
}
