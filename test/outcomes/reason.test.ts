import { describe, expect, test } from 'vitest';
import { complianceReason } from '../../src/outcomes/complianceReason.ts';
import { OUTCOME_IDS, OUTCOMES } from '../../src/outcomes/outcome.ts';
import { isUpstream, REASON_NAMES, REASONS } from '../../src/outcomes/reason.ts';
import { mayMap, outcomeOf } from '../../src/outcomes/reasonOutcomes.ts';

describe('outcomes', () => {
  test('are the eight of PingAM, with its ids', () => {
    expect(OUTCOME_IDS).toEqual({
      Compliant: 'COMPLIANT',
      NotCompliant: 'NONCOMPLIANT',
      InGracePeriod: 'INGRACEPERIOD',
      ConfigManager: 'CONFIGMANAGER',
      Conflict: 'CONFLICT',
      NoId: 'NOID',
      Unknown: 'UNKNOWN',
      Error: 'ERROR',
    });
  });

  test('each stand behind at least one reason', () => {
    expect(new Set(REASON_NAMES.map((name) => REASONS[name].outcome))).toEqual(new Set(OUTCOMES));
  });
});

describe('complianceState', () => {
  test.each([
    ['compliant', 'Compliant'],
    ['noncompliant', 'NotCompliant'],
    ['inGracePeriod', 'InGracePeriod'],
    ['configManager', 'ConfigManager'],
    ['conflict', 'Conflict'],
    ['unknown', 'Unknown'],
    ['error', 'Error'],
  ])('%s is %s', (state, outcome) => {
    expect(outcomeOf(complianceReason(state))).toBe(outcome);
  });

  test.each([
    '',
    'Compliant',
    'COMPLIANT',
    ' compliant',
    'compliant ',
    'nonCompliant',
    'unknownFutureValue',
    'toString',
    '__proto__',
  ])('%j is nothing we know, and so Unknown', (state) => {
    expect(complianceReason(state)).toBe('complianceStateUnrecognised');
    expect(outcomeOf(complianceReason(state))).toBe('Unknown');
  });
});

describe('a mapping of reasons', () => {
  test.each(OUTCOMES.flatMap((outcome) => REASON_NAMES.map((reason) => [reason, outcome] as const)))(
    '%s to %s reaches the guarded outcomes from their own reason only',
    (reason, outcome) => {
      const owner = { Compliant: 'compliant', InGracePeriod: 'inGracePeriod', NoId: 'noDeviceId' }[
        outcome as string
      ];
      expect(mayMap(reason, outcome)).toBe(owner === undefined || owner === reason);
      const reached = outcomeOf(reason, { [reason]: outcome });
      expect(reached).toBe(mayMap(reason, outcome) ? outcome : REASONS[reason].outcome);
      expect(reached === 'Compliant').toBe(
        reason === 'compliant' && (outcome === 'Compliant' || owner !== undefined),
      );
    },
  );

  test('can answer as the Ping node does', () => {
    expect(outcomeOf('deviceNotFound', { deviceNotFound: 'Error' })).toBe('Error');
  });

  test('is not read from the prototype', () => {
    const inherited = Object.create({ deviceNotFound: 'Error' }) as object;
    expect(outcomeOf('deviceNotFound', inherited)).toBe('Unknown');
  });
});

test('upstream reasons are those Microsoft is behind', () => {
  expect(isUpstream('throttled')).toBe(true);
  expect(isUpstream('deviceComplianceError')).toBe(false);
  expect(isUpstream('overloaded')).toBe(false);
  expect(isUpstream('headerSpoofed')).toBe(false);
});
