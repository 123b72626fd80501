import { needsOf } from './runCase.ts';
import type { Need, Requirement } from './requirement.ts';

const BEGIN = '<!-- begin: written by traceability.ts -->';
const END = '<!-- end -->';

const NEED_NAMES: Readonly<Record<Need, string>> = {
  simulatorControl: 'simulator',
  secondGate: 'second gate',
};

/** The table of the README: every requirement, where it comes from, and what its test needs. */
function traceabilityTable(requirements: readonly Requirement[]): string {
  const rows = requirements.map((one) => {
    const needs = needsOf(one.case).map((need) => NEED_NAMES[need]);
    return `| ${one.id} | ${cell(one.requirement)} | ${one.source} | \`${one.id}\` | ${needs.join(', ')} |`;
  });
  return [
    `${requirements.length} requirements.`,
    '',
    '| id | requirement | source | test | needs |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** A page with the table in the place of whatever stands between its two marks. @throws Error unless they are there once each */
export function withTable(page: string, requirements: readonly Requirement[]): string {
  const [before, rest, ...more] = page.split(BEGIN);
  const [part, after, ...others] = (rest ?? '').split(END);
  if (part === undefined || after === undefined || more.length > 0 || others.length > 0) {
    throw new Error('the page does not have the two marks exactly once');
  }
  return `${before}${BEGIN}\n\n${traceabilityTable(requirements)}\n\n${END}${after}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('_', '\\_').replaceAll('*', '\\*');
}
