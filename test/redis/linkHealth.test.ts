import { expect, test } from 'vitest';
import { createLinkHealth, type LinkHealth } from '../../src/redis/linkHealth.ts';

function start(): { time: { ms: number }; told: string[]; health: LinkHealth } {
  const time = { ms: 1_000_000 };
  const told: string[] = [];
  const onChange = (state: string, code: string): number => told.push(`${state} ${code}`.trim());
  return { time, told, health: createLinkHealth({ now: () => time.ms, random: () => 0.5, onChange }) };
}

test('after three late answers it is asked once in a while only, ever more rarely, and at once again when it answers', () => {
  const { time, told, health } = start();
  health.good();
  for (let late = 0; late < 2; late += 1) health.late();
  expect(health.mayAsk()).toBe(true);
  health.late();
  expect(health.mayAsk()).toBe(false);
  time.ms += 500;
  expect([health.mayAsk(), health.mayAsk()]).toEqual([true, false]);
  health.late();
  time.ms += 900;
  expect(health.mayAsk()).toBe(false);
  time.ms += 100;
  expect(health.mayAsk()).toBe(true);
  health.good();
  expect([health.mayAsk(), health.mayAsk()]).toEqual([true, true]);
  expect(told).toEqual(['up', 'slow timeout', 'up']);
});

test('a server that refuses now and then is not spoken of each time', () => {
  const { time, told, health } = start();
  health.good();
  for (let turn = 0; turn < 5; turn += 1) {
    health.refused('OOM');
    time.ms += 1_000;
    health.good();
  }
  expect(told).toEqual(['up', 'refusing OOM']);
  time.ms += 5_000;
  health.good();
  expect(told.at(-1)).toBe('up');
});
