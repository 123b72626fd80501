import type { EncodingName } from './encodings/encodings.ts';
import type { VerifySignal } from './verifySignal.ts';

/** What a header value turned out to hold. The detail never repeats the value. */
export type Decoded =
  | { readonly is: 'absent' }
  /** `der` is framed as exactly one certificate; whether it is one is for `readCertificate` to say, which parses it once. */
  | { readonly is: 'certificate'; readonly der: Buffer; readonly chain: readonly Buffer[] }
  | { readonly is: 'malformed'; readonly detail: string };

/**
 * The way one proxy, in one setting, forwards a client certificate: one header, one encoding, its own ways of saying "none". Nothing is
 * guessed. Every format has this shape; a new one is one file in `forwarded`, one row in `forwardedFormats.ts`.
 */
export interface ForwardedFormat {
  /** As in configurations and on the command line. */
  readonly name: string;
  /** One line for people: product and setting. */
  readonly title: string;
  /** The header the product uses, or the customary name where its operator chooses; undefined where there is no custom. */
  readonly defaultHeader: string | undefined;
  readonly encoding: EncodingName;
  /** Literal values that mean "no certificate". The empty value means it in every format and is not listed. */
  readonly absent: readonly string[];
  /** Whether certificates of CAs may follow the leaf in the same value. They are reported and never needed. */
  readonly chain: 'never' | 'afterLeaf';
  /** What the proxy says about its own check, with customary header names. All of it must hold. Empty: the proxy says nothing. */
  readonly verifySignal: readonly VerifySignal[];
  /** Other certificate headers that the same proxy sends beside this one, which are then no sign of spoofing. */
  readonly companions: readonly string[];
  /** Decodes one header value. Never throws; time is linear in the length of the value, which is bounded. */
  decode(value: string): Decoded;
}
