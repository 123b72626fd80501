import { afterEach, describe, expect, test, vi } from 'vitest';
import type { EventSink, RecordedEvent, SinkTrouble } from '../../src/audit/eventSink.ts';
import { createLineSink } from '../../src/audit/lineSink.ts';
import { createStreamSink } from '../../src/audit/streamSink.ts';
import type { CloudEvent } from '../../src/events/cloudEvent.ts';
import { Writable } from 'node:stream';
import { describeEvent } from './auditLog.ts';

const sinks: EventSink[] = [];
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close(AbortSignal.timeout(100));
});

function lines(...texts: string[]): RecordedEvent[] {
  return texts.map((json) => ({ event: {} as CloudEvent, json }));
}

function open(write: (lines: readonly string[]) => Promise<void>, mostCharacters?: number) {
  const troubles: SinkTrouble[] = [];
  const sink = createLineSink({
    write,
    describeLoss: (count) => `lost ${count}`,
    onTrouble: (trouble) => troubles.push(trouble),
    ...(mostCharacters !== undefined && { mostCharacters }),
  });
  sinks.push(sink);
  return { sink, troubles };
}

describe('a place for lines', () => {
  test('that fails is asked again, with the same lines and the new ones, in order', async () => {
    const written: string[] = [];
    let failures = 2;
    const { sink, troubles } = open((some) => {
      if (failures > 0) {
        failures -= 1;
        return Promise.reject(Object.assign(new Error('no room for a.carter'), { code: 'ENOSPC' }));
      }
      written.push(...some);
      return Promise.resolve();
    });
    sink.start();
    sink.take(lines('1', '2'));
    sink.take(lines('3'));
    await vi.waitFor(() => expect(written).toEqual(['1', '2', '3']));
    expect(troubles).toEqual([{ type: 'failing', detail: 'ENOSPC' }, { type: 'working' }]);
    expect(sink.status()).toMatchObject({ delivered: 3, failures: 2, failing: false, lost: 0 });
  });

  test('that is full loses the newest, says it once, and writes down how many are missing where they are', async () => {
    const written: string[] = [];
    let isStuck = true;
    let go = (): void => undefined;
    const { sink, troubles } = open(
      (some) =>
        isStuck
          ? new Promise((resolve) => {
              go = () => {
                written.push(...some);
                resolve();
              };
            })
          : Promise.resolve(void written.push(...some)),
      4,
    );
    sink.start();
    sink.take(lines('1', '2', '3', '4', '5', '6'));
    sink.take(lines('7'));
    expect(sink.status()).toMatchObject({ waiting: 4, lost: 3 });
    expect(troubles).toEqual([{ type: 'lost', count: 2 }]);
    isStuck = false;
    go();
    await vi.waitFor(() => expect(written).toEqual(['1', '2', '3', '4', 'lost 2', 'lost 1']));
    sink.take(lines('8'));
    await vi.waitFor(() => expect(written.at(-1)).toBe('8'));
    await vi.waitFor(() => expect(sink.status()).toMatchObject({ waiting: 0, lost: 3, delivered: 5 }));
  });

  test('that hangs ends no later than the gate does, and what waits is said to be lost', async () => {
    const { sink, troubles } = open(() => new Promise(() => undefined));
    sink.start();
    sink.take(lines('1', '2'));
    const started = performance.now();
    await sink.close(AbortSignal.timeout(100));
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(troubles).toEqual([{ type: 'lost', count: 2 }]);
    sink.take(lines('3'));
    expect(sink.status().lost).toBe(3);
  });

  test('that never began is not written to before it does', async () => {
    const written: string[] = [];
    const { sink } = open((some) => Promise.resolve(void written.push(...some)));
    sink.take(lines('1'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(written).toEqual([]);
    sink.start();
    await vi.waitFor(() => expect(written).toEqual(['1']));
  });
});

test('a stream gets one event on a line, as fast as it takes them', async () => {
  const chunks: string[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      setTimeout(done, 5);
    },
  });
  const sink = createStreamSink({ stream, describe: describeEvent, onTrouble: () => undefined });
  sinks.push(sink);
  sink.start();
  for (let index = 0; index < 20; index += 1) sink.take(lines(`{"n":${index}}`));
  await vi.waitFor(() => expect(sink.status().delivered).toBe(20));
  expect(chunks.join('').trimEnd().split('\n')).toHaveLength(20);
  expect(chunks.length).toBeLessThan(20);
});
