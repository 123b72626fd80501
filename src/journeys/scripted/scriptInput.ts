import type { ScriptInput } from '../../scripting/scriptJob.ts';
import type { Json } from '../json.ts';
import type { ExistingSession, NodeContext } from '../nodeContext.ts';

/** Where the ids of hidden values are kept until their answers come back; answers do not carry them. */
export function hiddenIdsKey(nodeId: string): string {
  return `${nodeId}.hiddenValueIds`;
}

/** What the bindings of a script begin with. */
export function scriptInput(
  scriptName: string,
  properties: Readonly<Record<string, Json>> | null,
  context: NodeContext<unknown>,
): ScriptInput {
  const { request, session, realm, resumed, answers = [], state, nodeId } = context;
  const known = state.get(hiddenIdsKey(nodeId));
  const ids = Array.isArray(known) ? known.map(String) : [];
  return {
    scriptName,
    realm,
    headers: groupHeaders(request.headers),
    parameters: Object.fromEntries(request.parameters),
    cookies: Object.fromEntries(request.cookies),
    session: session === undefined ? null : sessionProperties(session),
    resumed,
    answers: answers.map(({ type, value, validateOnly }) => ({
      type,
      value,
      validateOnly,
      ...(type === 'HiddenValueCallback' ? { id: ids.shift() } : {}),
    })),
    properties,
  };
}

function groupHeaders(lines: NodeContext<unknown>['request']['headers']): Record<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const [name, value] of lines) {
    if (typeof value !== 'string') continue;
    const key = name.toLowerCase();
    grouped.set(key, [...(grouped.get(key) ?? []), value]);
  }
  return Object.fromEntries(grouped);
}

function sessionProperties({ username, authLevel, properties }: ExistingSession): Record<string, string> {
  return { ...properties, UserToken: username, UserId: username, AuthLevel: String(authLevel) };
}
