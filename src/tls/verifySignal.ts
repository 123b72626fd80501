/** A header in which a proxy says how its own check of the certificate went. */
export interface VerifySignal {
  readonly header: string;
  /** The only value that counts. The empty text also stands for a header that is not there. */
  readonly success: string;
}

/**
 * Finds the first signal that does not say success. A signal can only take away: all being well proves nothing about the certificate.
 *
 * @param valueOf - the value of the header's only occurrence, undefined if there is none
 */
export function failedSignal(
  signals: readonly VerifySignal[],
  valueOf: (header: string) => string | undefined,
): VerifySignal | undefined {
  return signals.find(({ header, success }) => (valueOf(header) ?? '') !== success);
}
