import type { Identity } from '../../identity/identity.ts';
import type { NodeContext } from '../nodeContext.ts';
import { NodeFault } from '../nodeResult.ts';

/**
 * Who proves something under a name that nobody has. It belongs to nobody then, neither to another person later on nor to who gets that
 * name.
 */
export function nobodyCalled(username: string): Identity {
  return { id: '', username, attributes: {}, active: false };
}

/**
 * The person whose name stands in state.
 *
 * @throws NodeFault if there is no name in state, or nobody of this name
 */
export async function findPerson({
  state,
  ports,
  signal,
}: Pick<NodeContext<unknown>, 'state' | 'ports' | 'signal'>): Promise<Identity> {
  const username = state.get('username');
  if (typeof username !== 'string' || username === '') throw new NodeFault('there is no user name in state');
  const identity = await ports.identities.find(username, signal);
  if (identity === undefined) throw new NodeFault('nobody has the user name in state');
  return identity;
}
