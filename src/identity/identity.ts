/** A person as journeys see one. Passwords and one-time-password secrets are never among the attributes. */
export interface Identity {
  /** Stays the same for the person's whole life, whatever happens to the name. */
  readonly id: string;
  /** As the store spells it, which may differ from what was typed. */
  readonly username: string;
  /** Only those that were configured. An attribute without a value is absent. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** False for an account that may not log in, whatever its password. */
  readonly active: boolean;
}
