import type { Writable } from 'node:stream';
import type { GateEvent } from '../events/gateEvent.ts';
import type { EventSink, SinkTrouble } from './eventSink.ts';
import { createLineSink } from './lineSink.ts';
import { lossEvent } from './lossEvent.ts';

export interface StreamSinkOptions {
  readonly stream: Writable;
  /** An event of the log itself as JSON. */
  readonly describe: (event: GateEvent) => string;
  readonly onTrouble: (trouble: SinkTrouble) => void;
}

/** Writes events to a stream such as stdout, one on a line, as fast as whoever reads it. */
export function createStreamSink({ stream, describe, onTrouble }: StreamSinkOptions): EventSink {
  return createLineSink({
    write: (lines) =>
      new Promise((resolve, reject) => {
        stream.write(`${lines.join('\n')}\n`, (error) => (error ? reject(error) : resolve()));
      }),
    describeLoss: (count) => describe(lossEvent(count)),
    onTrouble,
  });
}
