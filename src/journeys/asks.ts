/** Does the node ask the client? It decides whether a circle of nodes can turn without anybody being asked. */
export type Asks =
  | 'never'
  /** Not every time it runs. */
  | 'sometimes'
  /** Each time before it has an outcome. */
  | 'always';
