import { expect, test } from 'vitest';
import { parseBenchOptions } from '../../bench/benchOptions.ts';
import { EXPERIMENTS } from '../../bench/experiments/experiments.ts';

test('without options everything is measured for as long as it takes', () => {
  expect(parseBenchOptions([])).toMatchObject({ quick: false, json: false, only: undefined, built: 'dist' });
});

test('quick is shorter in every way', () => {
  const full = parseBenchOptions([]);
  const quick = parseBenchOptions(['--quick', '--json', '--only', 'stampedeCalls']);
  if (full === 'help' || quick === 'help') throw new Error('these are no calls for help');
  expect(quick).toMatchObject({ quick: true, json: true, only: 'stampedeCalls' });
  expect(quick.effort.run.seconds).toBeLessThan(full.effort.run.seconds);
  expect(quick.effort.limitSeconds).toBeLessThan(90);
  expect(quick.effort.heldDevices).toBeLessThan(full.effort.heldDevices);
});

test('help is help, and what is no option is refused', () => {
  expect(parseBenchOptions(['--help'])).toBe('help');
  expect(() => parseBenchOptions(['--fast'])).toThrow(TypeError);
});

test('no two figures have one name', () => {
  const names = EXPERIMENTS.flatMap(({ figures }) => figures.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
});
