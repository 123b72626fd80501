import { expect, test } from 'vitest';
import { slopeOf } from '../../bench/soak/trend.ts';

test('finds the slope of a line, also through noise that is even', () => {
  const points = [0, 1, 2, 3, 4, 5].map((x) => ({ x, y: 7 + 2 * x }));
  expect(slopeOf(points)).toBeCloseTo(2);
  expect(slopeOf(points.flatMap(({ x, y }) => [-1, 1].map((noise) => ({ x, y: y + noise }))))).toBeCloseTo(2);
});

test('flat is no slope, and one point has none', () => {
  expect(slopeOf([1, 2, 3].map((x) => ({ x, y: 5 })))).toBe(0);
  expect(slopeOf([{ x: 1, y: 1 }])).toBeNaN();
});
