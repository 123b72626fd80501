import { describe, expect, test } from 'vitest';
import type { Figure } from '../../bench/figure.ts';
import { median } from '../../bench/lab/median.ts';
import { medianRatio, type Run, type Series } from '../../bench/lab/measure.ts';
import { printJson } from '../../bench/report/printJson.ts';
import { printMarkdown } from '../../bench/report/printMarkdown.ts';
import { printTable } from '../../bench/report/printTable.ts';
import { formatValue, formatVerdict, judgeFigure, type Report } from '../../bench/report/report.ts';

const figure = (target?: Figure['target']): Figure => ({
  name: 'someFigure',
  meaning: 'what it says',
  ...(target === undefined ? {} : { target }),
});
const run = (perSecond: number, cpuMicroseconds: number, generatorShare = 0.4): Run => ({
  perSecond,
  cpuMicroseconds,
  load: {
    requests: 10,
    compliant: 10,
    others: {},
    seconds: 1,
    latencyMs: { p50: 1, p99: 2, max: 3 },
    generatorShare,
  },
});
const series = (runs: readonly Run[]): Series => ({ load: 'some load', server: 'some server', runs });

describe('figures', () => {
  test.each([
    [[], Number.NaN],
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 2, 9], 3],
  ])('median of %j is %d', (numbers, expected) => {
    expect(median(numbers)).toBe(expected);
  });

  test('a ratio is that of neighbours, then the median', () => {
    const one = series([run(10, 1), run(10, 1), run(90, 1)]);
    const other = series([run(5, 1), run(1, 1), run(30, 1)]);
    expect(medianRatio(one, other, (a, b) => a.perSecond / b.perSecond)).toBe(3);
    expect(medianRatio(one, undefined, () => 1)).toBeNaN();
  });

  test.each([
    [{ atLeast: 0.6 }, 0.6, 'met'],
    [{ atLeast: 0.6 }, 0.45, 'missed by 25 %'],
    [{ atMost: 100 }, 100, 'met'],
    [{ atMost: 100 }, 1000, 'missed by 900 %'],
    [{ atMost: 100 }, undefined, 'not measured'],
    [{ atLeast: 1 }, Number.NaN, 'not measured'],
    [undefined, 5, 'for comparison'],
  ])('target %j, value %s: %s', (target, value, expected) => {
    expect(formatVerdict(judgeFigure({ figure: figure(target), value }))).toBe(expected);
  });

  test('what could not be measured is no number', () => {
    expect(formatValue({ figure: figure(), value: undefined })).toBe('–');
  });
});

describe('the report', () => {
  const report: Report = {
    figures: [
      { figure: figure({ atLeast: 0.6 }), value: 0.3 },
      { figure: { ...figure(), name: 'failed' }, value: undefined },
    ],
    series: [series([run(1000, 10), run(3000, 30), run(2000, 20, 0.95)]), series([run(1, 1, 0.99)])],
    notes: ['A note.'],
    machine: {
      processor: 'P',
      cores: 2,
      memoryGiB: 4,
      node: 'v20.19.0',
      platform: 'linux x64',
      date: '2026-01-02',
    },
  };

  test('as JSON is one line with every figure by name', () => {
    const text = printJson(report);
    expect(text).not.toContain('\n');
    expect(JSON.parse(text)).toEqual({
      someFigure: 0.3,
      failed: null,
      missed: { someFigure: '50 %' },
      notes: ['A note.'],
      machine: report.machine,
    });
  });

  test.each([
    ['table', printTable],
    ['page', printMarkdown],
  ])('as a %s says what was missed, the spread, and whose bottleneck it was', (_, print) => {
    const text = print(report);
    expect(text).toMatch(/someFigure.+0\.30.+≥ 0\.6.+missed by 50 %/);
    expect(text).toMatch(/failed.+–.+not measured/);
    expect(text).toContain('20 (10–30)');
    expect(text.match(/the bottleneck/g)).toHaveLength(1);
    expect(text).toContain('A note.');
    expect(text).toContain('2026-01-02');
  });
});
