/** What Intune said in the journey a session came from, as it was sealed there. */
export interface SessionDevice {
  readonly id: string;
  readonly outcome: string;
  readonly reason: string;
  readonly decisionId: string;
  /** When Intune was asked, ISO 8601, UTC. */
  readonly evaluatedAt: string;
}

/** A login, as its signed token tells it. Times in milliseconds since 1970. */
export interface Session {
  readonly id: string;
  readonly realm: string;
  readonly username: string;
  /** The identity store's own id of the person. */
  readonly universalId: string;
  /** The journey it came from. */
  readonly service: string;
  readonly authLevel: number;
  /** What was proved, by AM's names, e.g. `DataStore`. */
  readonly methods: readonly string[];
  /** Missing if Intune was not asked, or no device was presented: such a session proves no device. */
  readonly device?: SessionDevice;
  readonly properties: Readonly<Record<string, string>>;
  readonly authenticatedAt: number;
  /** The end, whatever happens. */
  readonly expiresAt: number;
  /** It also ends when it is not used for so long, minutes. */
  readonly idleMinutes: number;
}
