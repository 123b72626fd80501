import type { Figure } from '../figure.ts';
import type { Series } from '../lab/measure.ts';

/** Everything one benchmark found. */
export interface Report {
  readonly figures: readonly MeasuredFigure[];
  readonly series: readonly Series[];
  readonly notes: readonly string[];
  readonly machine: Machine;
}

export interface MeasuredFigure {
  readonly figure: Figure;
  /** Undefined if it could not be measured; the notes say why. */
  readonly value: number | undefined;
}

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly platform: string;
  /** ISO 8601, the day. */
  readonly date: string;
}

export type Verdict =
  { readonly is: 'met' | 'not measured' | 'for comparison' } | { readonly is: 'missed'; readonly by: string };

/** Does a value reach its target, and if not, by how much does it miss it? */
export function judgeFigure({ figure: { target }, value }: MeasuredFigure): Verdict {
  if (value === undefined || Number.isNaN(value)) return { is: 'not measured' };
  if (target === undefined) return { is: 'for comparison' };
  const goal = 'atLeast' in target ? target.atLeast : target.atMost;
  const met = 'atLeast' in target ? value >= goal : value <= goal;
  return met ? { is: 'met' } : { is: 'missed', by: `${Math.round((Math.abs(value - goal) / goal) * 100)} %` };
}

export function formatValue({ figure, value }: MeasuredFigure): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  return figure.form === 'whole' ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}

export function formatTarget({ target }: Figure): string {
  if (target === undefined) return '';
  return 'atLeast' in target
    ? `≥ ${target.atLeast.toLocaleString('en')}`
    : `≤ ${target.atMost.toLocaleString('en')}`;
}

export function formatVerdict(verdict: Verdict): string {
  return verdict.is === 'missed' ? `missed by ${verdict.by}` : verdict.is;
}
