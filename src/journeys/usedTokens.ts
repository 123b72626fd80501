/**
 * Port: remembers which one-time tokens were used. The memory implementation knows those of one process; strict single use behind
 * several gates needs one that they share.
 */
export interface UsedTokens {
  /**
   * Marks a token as used.
   *
   * @param expiresAt - when it could not be used any more anyway, milliseconds since 1970
   * @returns false if it was used before
   */
  claim(id: string, expiresAt: number): Promise<boolean>;
}
