import type { Socket } from 'node:net';
import type { SimulatedEndpoint } from '../../src/simulator/classifyRequest.ts';

/** A whole answer, as bytes on the wire. */
export interface WireAnswer {
  /** Status line and header lines with the true `content-length`, up to and with the empty line. */
  readonly head: string;
  readonly body: Buffer;
}

/** What a fault has in its hands: the connection, and the answer that should have been sent. */
export interface Exchange {
  readonly socket: Socket;
  readonly answer: WireAnswer;
  /** Ends the TCP connection below TLS with a reset. */
  readonly reset: () => void;
}

/** Something that goes wrong between the gate and Microsoft. What is left open, the proxy ends when it closes. */
export type WireFault =
  /** Before TLS, to each connection. */
  | { readonly layer: 'tcp'; readonly happen: (socket: Socket) => void }
  /** TLS with a certificate that is no good. */
  | { readonly layer: 'tls'; readonly certificate: 'otherAuthority' | 'otherName' | 'expired' }
  /** Instead of the answer to a request. */
  | {
      readonly layer: 'http';
      readonly happen: (exchange: Exchange) => void;
      /** Default: every request. */
      readonly endpoint?: SimulatedEndpoint;
      /** How often it happens; default always. */
      readonly times?: number;
    };
