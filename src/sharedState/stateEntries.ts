/**
 * Entries a decision adds to shared state. Text only: PingAM stores what it is given, and text is what Ping's node stores.
 * A missing key means there was nothing to say; there are no empty values.
 */
export type StateEntries = Readonly<Record<string, string>>;
