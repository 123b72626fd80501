/** What the load generator shall do. */
export interface LoadPlan {
  readonly origin: string;
  readonly apiKey: string;
  /** Connections, each with one request at a time: as many as there are decisions in flight. */
  readonly connections: number;
  /** Compliant devices to ask about, by index: `count` of them from `first` on. */
  readonly devices: { readonly first: number; readonly count: number };
  /** `once`: each device one time, then it ends. `again`: from the first one again. */
  readonly order: 'once' | 'again';
  /** Whichever comes first ends it. */
  readonly most: { readonly requests: number; readonly seconds: number };
  /** Open all connections before the first decision is asked for. */
  readonly connectFirst?: boolean;
  /** Journeys instead of decisions; a request of the result is a step then. */
  readonly journey?: JourneyLoad;
  /** To be asked in turn instead of decisions; 200 is the right answer. */
  readonly questions?: readonly Question[];
}

/** A journey that begins with name and password and ends with a one-time code. */
export interface JourneyLoad {
  readonly name: string;
  /** People are called by the prefix and a number: `count` of them from `first` on. All have one password and one secret. */
  readonly userPrefix: string;
  readonly people: { readonly first: number; readonly count: number };
  readonly password: string;
  /** Base32. */
  readonly totpSecret: string;
  /** Give the code, which everybody can do once; or leave before it, again and again. */
  readonly withCode: boolean;
}

/** A GET, as a proxy asks it. */
export interface Question {
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/** What came of it. Every request that was begun is counted. */
export interface LoadResult {
  readonly requests: number;
  /** Answers with status 200 that say Compliant, or with 200 alone to questions. */
  readonly compliant: number;
  /** Everything else by status, or the code of the error. */
  readonly others: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** CPU time of the generator itself, as a share of one core. Near 1 it is the generator that is measured. */
  readonly generatorShare: number;
}
