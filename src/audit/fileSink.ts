import { createChainFile, type ChainFileOptions } from './chain/chainFile.ts';
import type { EventSink, SinkTrouble } from './eventSink.ts';
import { createLineSink } from './lineSink.ts';
import { lossEvent } from './lossEvent.ts';

export interface FileSinkOptions extends ChainFileOptions {
  readonly onTrouble: (trouble: SinkTrouble) => void;
}

/** Writes events to a file with a hash chain. */
export function createFileSink({ onTrouble, ...options }: FileSinkOptions): EventSink {
  const file = createChainFile(options);
  return createLineSink({
    write: (lines) => file.append(lines),
    tend: () => file.tend(),
    close: () => file.close(),
    describeLoss: (count) => options.describe(lossEvent(count)),
    onTrouble,
  });
}
