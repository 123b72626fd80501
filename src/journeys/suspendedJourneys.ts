/** Port: keeps journeys that wait for somebody to follow a link. Without the link nobody can name them. */
export interface SuspendedJourneys {
  /** @param expiresAt - milliseconds since 1970 */
  keep(id: string, sealed: string, expiresAt: number): Promise<void>;
  /** Gives a journey back once, and forgets it. */
  take(id: string): Promise<string | undefined>;
}
