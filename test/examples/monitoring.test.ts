import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createGateMetrics } from '../../src/metrics/gateMetrics.ts';
import { METRICS, type MetricFacts } from '../../src/metrics/metricCatalog.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../../examples/${file}`, import.meta.url), 'utf8');

const EMPTY_STATE = {
  tenants: new Map(),
  memory: { entries: 0, evictions: 0 },
  places: { decisions: { taken: 0, of: 1 }, waiting: { taken: 0, of: 1 } },
  expiries: [],
  sinks: new Map(),
  historyDevices: undefined,
};

/** Names as queries may write them, with the labels of each; undefined for those of the process, which have labels of their own. */
async function knownNames(): Promise<ReadonlyMap<string, readonly string[] | undefined>> {
  const { text } = await createGateMetrics({ now: Date.now, measureProcess: true }).expose(
    EMPTY_STATE,
    undefined,
  );
  const exposed = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Map(
    exposed.flatMap(([, name = '', type]) => {
      const facts = (METRICS as Readonly<Record<string, MetricFacts>>)[name];
      const names = type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
      return names.map((one) => [one, facts?.labels] as const);
    }),
  );
}

/** Metrics in an expression, each with the labels that its selector names. */
function selectorsIn(expression: string): readonly (readonly [name: string, labels: readonly string[]])[] {
  return [...expression.matchAll(/\b((?:intune_gate|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', selector = '']) => [
      name,
      [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map((match) => match[1] ?? ''),
    ],
  );
}

/** What Prometheus adds to every sample. */
const OF_THE_TARGET = ['job', 'instance', 'le'];

async function unknownIn(expressions: readonly string[]): Promise<readonly string[]> {
  const known = await knownNames();
  return expressions.flatMap((expression) => {
    const selectors = selectorsIn(expression);
    const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap((match) =>
      (match[1] ?? '').split(',').map((label) => label.trim()),
    );
    const possible = new Set([...OF_THE_TARGET, ...selectors.flatMap(([name]) => known.get(name) ?? [])]);
    return [
      ...(selectors.length === 0 ? [`no metric in ${expression}`] : []),
      ...grouped.filter((label) => !possible.has(label)).map((label) => `by ${label} in ${expression}`),
      ...selectors.flatMap(([name, labels]) => {
        if (!known.has(name)) return [name];
        const own = known.get(name);
        return own === undefined
          ? []
          : labels
              .filter((label) => ![...OF_THE_TARGET, ...own].includes(label))
              .map((label) => `${name} ${label}`);
      }),
    ];
  });
}

const metricsIn = (expressions: readonly string[]): ReadonlySet<string> =>
  new Set(expressions.flatMap(selectorsIn).map(([name]) => name.replace(/_(?:bucket|sum|count)$/, '')));

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly w: number };
  readonly targets?: readonly { readonly expr: string }[];
}

describe('the dashboard', () => {
  const { panels, templating } = JSON.parse(read('grafana/intune-gate.json')) as {
    readonly panels: readonly Panel[];
    readonly templating: {
      readonly list: readonly { readonly name: string; readonly definition?: string }[];
    };
  };
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  test('names metrics and labels that exist', async () => {
    expect(expressions.length).toBeGreaterThan(20);
    expect(await unknownIn(expressions)).toEqual([]);
    const variables = templating.list.flatMap(({ definition }) =>
      definition === undefined ? [] : [definition],
    );
    for (const definition of variables) {
      const [, name = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
      const labels = (METRICS as Readonly<Record<string, MetricFacts>>)[name]?.labels ?? [];
      expect([...OF_THE_TARGET, ...labels]).toContain(label);
    }
  });

  test('shows every metric of the gate', () => {
    const shown = metricsIn(expressions);
    expect(Object.keys(METRICS).filter((name) => !shown.has(name))).toEqual([]);
  });

  test('has panels with ids of their own, within its width, and only variables it has', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    const used = new Set([...expressions.join().matchAll(/\$(?!__)(\w+)/g)].map((match) => match[1]));
    expect([...used].filter((name) => !templating.list.some((variable) => variable.name === name))).toEqual(
      [],
    );
  });
});

describe('the alert rules', () => {
  const { groups } = parse(read('prometheus/alerts.yml')) as {
    readonly groups: readonly {
      readonly rules: readonly {
        readonly alert: string;
        readonly expr: string;
        readonly labels: { readonly severity: string };
        readonly annotations: { readonly summary: string };
      }[];
    }[];
  };
  const rules = groups.flatMap((group) => group.rules);

  test('name metrics and labels that exist', async () => {
    expect(rules.length).toBeGreaterThan(8);
    expect(await unknownIn(rules.map(({ expr }) => expr))).toEqual([]);
  });

  test('have names of their own, a severity and a summary whose labels survive', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { expr, labels, annotations } of rules) {
      expect(['critical', 'warning', 'info']).toContain(labels.severity);
      const grouped = /\bby \(([^)]*)\)/
        .exec(expr)?.[1]
        ?.split(',')
        .map((label) => label.trim());
      const named = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map((match) => match[1] ?? '');
      expect(named.filter((label) => grouped !== undefined && !grouped.includes(label))).toEqual([]);
    }
  });
});
