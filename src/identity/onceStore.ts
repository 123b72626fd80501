/**
 * Port: what may be used only once, e.g. a code sent by e-mail.
 *
 * @throws GateError `identityUnavailable` if the store cannot be read or written, or is full
 */
export interface OnceStore {
  /**
   * True for the first to claim the key, and for nobody after that.
   *
   * @param until - when the key is worthless anyway and may be forgotten, milliseconds since 1970
   */
  claim(key: string, until: number): Promise<boolean>;
}
