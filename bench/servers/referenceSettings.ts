import { readFileSync } from 'node:fs';
import type { SimulatorFacts } from '../lab/simulatorProcess.ts';

/** What a reference server is told, as JSON in the file its first argument names. */
export interface ReferenceSettings {
  readonly port: number;
  readonly apiKey: string;
  readonly simulator: SimulatorFacts;
  /** An answer of the gate, so that all answers have the same size. */
  readonly sample: SampleDecision;
}

/** The members of a decision that the references touch; the others travel along. */
export interface SampleDecision {
  readonly decisionId: string;
  readonly node: string;
  readonly outcome: string;
  readonly reason: string;
  readonly evidence: { readonly source: string | null; readonly ageSeconds: number | null };
  readonly warnings: readonly unknown[];
}

export function readReferenceSettings(): ReferenceSettings {
  const [, , file = ''] = process.argv;
  return JSON.parse(readFileSync(file, 'utf8')) as ReferenceSettings;
}

/** The id a question is about, as the references read it: they believe it. */
export function deviceIdOf(body: unknown): string {
  const { request } = body as { request: { headers: Record<string, readonly string[]> } };
  return (request.headers['x-intune']?.[0] ?? '').replaceAll('CN=', '');
}
