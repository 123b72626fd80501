import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { OUTCOMES } from '../../src/outcomes/outcome.ts';
import { REASON_NAMES } from '../../src/outcomes/reason.ts';
import type { Requirement } from './requirement.ts';
import { REQUIREMENTS } from './requirements.ts';
import { withTable } from './traceability.ts';

const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');

/** Only a bug of the gate leads there, and no caller can order one. */
const OUT_OF_REACH = new Set(['internalError']);

describe('the table of requirements', () => {
  // After a change: npx vitest run test/conformance/traceability.test.ts --update
  test('is the one in the README', async () => {
    await expect(withTable(readme, REQUIREMENTS)).toMatchFileSnapshot('README.md');
  });

  test('has ids that are unique and of one form', () => {
    const ids = REQUIREMENTS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[A-Z]+-\d{2}$/.test(id))).toEqual([]);
  });

  test('says each thing once, in a sentence', () => {
    const words = REQUIREMENTS.map(({ requirement }) => requirement);
    expect(new Set(words).size).toBe(words.length);
    expect(words.filter((text) => !/^[A-Z].*\.$/.test(text))).toEqual([]);
  });

  test('expects every outcome somewhere', () => {
    const seen = new Set(REQUIREMENTS.flatMap(expectedOf('outcome')));
    expect(OUTCOMES.filter((outcome) => !seen.has(outcome))).toEqual([]);
  });

  test('expects every reason somewhere, but for those that cannot be brought about', () => {
    const seen = new Set([
      ...REQUIREMENTS.flatMap(expectedOf('reason')),
      ...REQUIREMENTS.flatMap(expectedOf('warnings')),
    ]);
    expect(REASON_NAMES.filter((reason) => !seen.has(reason) && !OUT_OF_REACH.has(reason))).toEqual([]);
  });
});

function expectedOf(
  member: 'outcome' | 'reason' | 'warnings',
): (requirement: Requirement) => readonly string[] {
  return ({ case: { steps } }) =>
    typeof steps === 'function' ? [] : steps.flatMap(({ expect: expected }) => expected[member] ?? []);
}
