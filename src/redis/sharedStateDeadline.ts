/** How long a step of a journey waits for Redis, milliseconds: longer than a decision, which can do without. */
export const SHARED_STATE_MS = 1_000;
