import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/**
 * The three stores of a journey. Shared lives as long as the journey; transient for one request; secure is where transient values go
 * that a later node needs beyond that.
 */
export interface StateStores {
  readonly shared: Map<string, Json>;
  readonly secure: Map<string, Json>;
  readonly transient: Map<string, Json>;
}

/** The state of a journey as one node sees it, under the names of AM's scripting API. */
export interface NodeState {
  /** Transient, then secure, then shared. */
  get(key: string): Json | undefined;
  /** Like `get`; maps of all three stores are merged, of which transient wins over secure over shared. */
  getObject(key: string): JsonObject | undefined;
  /** From shared alone: what may be shown to the client. */
  getShared(key: string): Json | undefined;
  isDefined(key: string): boolean;
  /** Keys of all three stores. */
  keys(): readonly string[];
  /** Writes shared alone; a transient or secure value of that key still comes first. */
  putShared(key: string, value: Json): void;
  putTransient(key: string, value: Json): void;
  /** Writes shared and takes the keys out of the other stores. @throws TypeError for nested objects outside `objectAttributes` */
  mergeShared(values: JsonObject): void;
  mergeTransient(values: JsonObject): void;
  /** From all three stores. */
  remove(key: string): void;
}

/** The entries of which AM merges what is inside instead of replacing it. */
const CONTAINERS: ReadonlySet<string> = new Set(['objectAttributes']);

/** Every key, for nodes that read what nobody can know beforehand. */
export const EVERY_KEY = '*';

/**
 * @param inputs - the keys the node declares that it reads; it sees no others. Undefined, or with `*` in it: all
 */
export function createNodeState(stores: StateStores, inputs?: readonly string[]): NodeState {
  const { shared, secure, transient } = stores;
  const searched = [transient, secure, shared];
  const visible = inputs === undefined || inputs.includes(EVERY_KEY) ? undefined : new Set(inputs);
  const sees = (key: string): boolean => visible === undefined || visible.has(key);

  function merge(into: Map<string, Json>, values: JsonObject): void {
    for (const [key, value] of Object.entries(values)) {
      if (CONTAINERS.has(key) && isJsonObject(value)) {
        const known = into.get(key);
        into.set(key, { ...(isJsonObject(known) ? known : {}), ...value });
        continue;
      }
      if (isJsonObject(value))
        throw new TypeError(`the value of ${key} is an object, which cannot be merged`);
      for (const store of searched) if (store !== into) store.delete(key);
      into.set(key, value);
    }
  }

  return {
    get: (key) => (sees(key) ? searched.find((store) => store.has(key))?.get(key) : undefined),
    getObject(key) {
      if (!sees(key)) return undefined;
      const found = searched.map((store) => store.get(key)).filter((value) => value !== undefined);
      const [first] = found;
      if (!isJsonObject(first)) return undefined;
      return Object.assign({}, ...found.filter(isJsonObject).toReversed()) as JsonObject;
    },
    getShared: (key) => (sees(key) ? shared.get(key) : undefined),
    isDefined: (key) => sees(key) && searched.some((store) => store.has(key)),
    keys: () => [...new Set(searched.flatMap((store) => [...store.keys()]))].filter(sees),
    putShared: (key, value) => void shared.set(key, value),
    putTransient: (key, value) => void transient.set(key, value),
    mergeShared: (values) => merge(shared, values),
    mergeTransient: (values) => merge(transient, values),
    remove(key) {
      for (const store of searched) store.delete(key);
    },
  };
}

/** All entries in the order of the search, e.g. to hand them to a decision. */
export function visibleEntries(state: NodeState): Record<string, Json> {
  return Object.fromEntries(state.keys().map((key) => [key, state.get(key) ?? null]));
}
