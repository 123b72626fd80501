import { ScriptCallError, type ScriptHost } from '../../scripting/scriptJob.ts';
import { isJsonObject, type Json } from '../json.ts';
import type { NodeContext } from '../nodeContext.ts';
import { EVERY_KEY } from '../state/nodeState.ts';
import type { ScriptServices } from './scriptServices.ts';

/**
 * What the bindings of a script call outside its sandbox: the state of the journey as the engine keeps it, people, and what is
 * configured for scripts.
 *
 * @param outputs - the keys the node declares that it writes; others are not written. `*` stands for all
 */
export function scriptCalls(
  { state, ports, signal }: NodeContext<unknown>,
  outputs: readonly string[],
  services: ScriptServices,
): ScriptHost['calls'] {
  const mayWrite = (key: string): boolean => outputs.includes(EVERY_KEY) || outputs.includes(key);
  const put = (into: 'putShared' | 'putTransient') => (args: readonly unknown[]) => {
    const [key, value] = args as [string, Json];
    if (mayWrite(key)) state[into](key, value);
  };
  const merge = (into: 'mergeShared' | 'mergeTransient') => (args: readonly unknown[]) => {
    const [values] = args as [Json];
    if (!isJsonObject(values)) throw new ScriptCallError('only an object can be merged');
    try {
      state[into](Object.fromEntries(Object.entries(values).filter(([key]) => mayWrite(key))));
    } catch (error) {
      throw new ScriptCallError(error instanceof TypeError ? error.message : 'the values cannot be merged');
    }
  };
  const name = ([first]: readonly unknown[]): string => String(first);
  return {
    'state.get': (args) => state.get(name(args)),
    'state.getObject': (args) => state.getObject(name(args)) ?? state.get(name(args)),
    'state.isDefined': (args) => state.isDefined(name(args)),
    'state.keys': () => state.keys(),
    'state.putShared': put('putShared'),
    'state.putTransient': put('putTransient'),
    'state.mergeShared': merge('mergeShared'),
    'state.mergeTransient': merge('mergeTransient'),
    'state.remove': (args) => state.remove(name(args)),
    'identity.find': async (args) => {
      const found = await ports.identities.find(name(args), signal);
      if (found === undefined) return undefined;
      const { id, username, attributes } = found;
      return { id, username, attributes };
    },
    http: ([request], stopped) => services.http(request, stopped),
    systemEnv: (args) => ownEntry(services.variables, name(args)),
    secret(args) {
      const value = ownEntry(services.secrets, name(args));
      if (value === undefined) throw new ScriptCallError('there is no such secret');
      return value;
    },
    library(args) {
      const text = services.findLibrary(name(args));
      if (text === undefined) throw new ScriptCallError(`there is no library script ${name(args)}`);
      return text;
    },
  };
}

function ownEntry(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
