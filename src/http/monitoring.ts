/** What those who run the gate can ask it, on listeners that serve them. */
export interface Monitoring {
  /** Metrics as text, in the form that `accept` asks for. */
  readonly expose: (
    accept: string | undefined,
  ) => Promise<{ readonly contentType: string; readonly text: string }>;
  /** How the gate is, as JSON. */
  readonly health: () => object;
  readonly countForwardAuth: (contract: string, status: number) => void;
}

/** Does a listener serve `/metrics` and `/health`: not at all, beside everything else, or nothing but them? */
export type ServesMonitoring = boolean | 'only';
