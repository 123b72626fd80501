interface NodePlace {
  /** Of the run; the same at every step. */
  readonly journeyId: string;
  readonly tree: string;
  readonly node: string;
  readonly nodeType: string;
}

/** What an operator may want to know about a journey under way. Free of secrets and of personal data. */
export type JourneyEvent =
  | ({ readonly type: 'nodePassed'; readonly outcome: string } & NodePlace)
  | ({ readonly type: 'nodeFailed'; readonly detail: string; readonly cause: Error } & NodePlace);
