import type { IntuneNode } from '../node/intuneNode.ts';
import type { Session } from '../sessions/session.ts';
import type { DeliveredRequest } from './deliveredRequest.ts';

/**
 * What a session tells a node about who is asking: its user name, and that only where the request presents the device that the session
 * was made with. A cookie that was taken elsewhere names nobody.
 */
export async function loginState(
  node: IntuneNode,
  delivered: DeliveredRequest,
  session: Session | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (session?.device === undefined) return {};
  const presented = await node.presentedIds({ ...delivered, sharedState: {} });
  return presented?.some((id) => id === session.device?.id) === true ? { username: session.username } : {};
}
