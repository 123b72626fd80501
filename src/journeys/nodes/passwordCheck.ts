import type { PasswordVerdict } from '../../identity/passwordVerdict.ts';
import type { NodeContext } from '../nodeContext.ts';
import { NodeFault } from '../nodeResult.ts';

/**
 * Checks the password in state, for the decision nodes. A blank one is wrong without asking: directories take it for a login without
 * a name.
 *
 * @throws NodeFault if state has no user name or no password, or the identity store cannot answer
 */
export async function checkPassword({
  state,
  ports,
  signal,
}: Pick<NodeContext<unknown>, 'state' | 'ports' | 'signal'>): Promise<
  Exclude<PasswordVerdict, { readonly is: 'unavailable' }>
> {
  const username = state.get('username');
  const password = state.get('password');
  if (typeof username !== 'string') throw new NodeFault('there is no user name in state');
  if (typeof password !== 'string') throw new NodeFault('there is no password in state');
  if (password.trim() === '') return { is: 'rejected' };
  const verdict = await ports.identities.verifyPassword(username, password, signal);
  if (verdict.is === 'unavailable') throw new NodeFault('the identity store cannot answer');
  return verdict;
}
