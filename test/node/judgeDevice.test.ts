import { describe, expect, test } from 'vitest';
import { judgeDevice, type DeviceFacts } from '../../src/node/judgeDevice.ts';
import type { ManagedDevice } from '../../src/node/managedDevice.ts';
import { ENTRA_ID, HOUR, managedDevice, NOW } from '../support/fakeDirectory.ts';

function judge(device: Partial<ManagedDevice>, facts: Partial<DeviceFacts> = {}): string {
  return judgeDevice({
    device: managedDevice(device),
    loginUser: undefined,
    entraDevice: 'notAsked',
    largestCheckInAgeMs: undefined,
    now: NOW,
    ...facts,
  });
}

describe('judgeDevice', () => {
  test('a good device is compliant', () => {
    expect(judge({})).toBe('compliant');
  });

  test.each([
    'wipePending',
    'wipeIssued',
    'wipeFailed',
    'retirePending',
    'retireIssued',
    'retireFailed',
    'deletePending',
    'WipePending',
  ])('%s overrules compliant', (managementState) => {
    expect(judge({ managementState })).toBe('deviceBeingRemoved');
  });

  test.each([
    'managed',
    'wipeCanceled',
    'retireCanceled',
    'unhealthy',
    'discovered',
    'unknownFutureValue',
    undefined,
  ])('%s does not', (managementState) => {
    expect(judge({ managementState })).toBe('compliant');
  });

  test('a revoked registration overrules compliant', () => {
    expect(judge({ deviceRegistrationState: 'revoked' })).toBe('deviceBeingRemoved');
    expect(judge({ deviceRegistrationState: 'notRegistered' })).toBe('compliant');
  });

  test.each([
    [NOW + 1, 'inGracePeriod'],
    [NOW, 'graceExpired'],
    [NOW - 1, 'graceExpired'],
    [undefined, 'graceExpired'],
    [Date.UTC(9999, 11, 31), 'inGracePeriod'],
  ])('a grace deadline at %s gives %s', (graceDeadline, reason) => {
    expect(judge({ complianceState: 'inGracePeriod', graceDeadline })).toBe(reason);
  });

  test('a deadline in the past says nothing about other states', () => {
    expect(judge({ graceDeadline: NOW - HOUR })).toBe('compliant');
    expect(judge({ complianceState: 'noncompliant', graceDeadline: NOW + HOUR })).toBe('noncompliant');
  });

  test.each([
    [NOW - HOUR, 'compliant'],
    [NOW - HOUR - 1, 'checkInTooOld'],
    [undefined, 'checkInTooOld'],
    [NOW + HOUR, 'compliant'],
    [NOW + 25 * HOUR, 'checkInTooOld'],
  ])('a check-in at %s, one hour allowed, gives %s', (lastSync, reason) => {
    expect(judge({ lastSync }, { largestCheckInAgeMs: HOUR })).toBe(reason);
  });

  test('an old check-in is told before everything else', () => {
    expect(judge({ lastSync: 0, managementState: 'wipePending' }, { largestCheckInAgeMs: HOUR })).toBe(
      'checkInTooOld',
    );
  });

  test.each([
    ['acarter@contoso.example', 'compliant'],
    ['ACarter@Contoso.Example', 'compliant'],
    ['acarter', 'userMismatch'],
    ['bsmith@contoso.example', 'userMismatch'],
    ['\u212Acarter@contoso.example', 'userMismatch'],
  ])('login %s gives %s', (loginUser, reason) => {
    expect(judge({}, { loginUser })).toBe(reason);
  });

  test('case folds in ASCII only', () => {
    expect(judge({ userPrincipalName: 'kim@x' }, { loginUser: '\u212Aim@x' })).toBe('userMismatch');
  });

  test('a device without a user belongs to nobody', () => {
    expect(judge({ userPrincipalName: undefined }, { loginUser: 'acarter@contoso.example' })).toBe(
      'userMismatch',
    );
  });

  test.each([
    ['absent', 'deviceDisabled'],
    [{ deviceId: ENTRA_ID, accountEnabled: false }, 'deviceDisabled'],
    [{ deviceId: ENTRA_ID, accountEnabled: true }, 'compliant'],
    ['notAsked', 'compliant'],
  ] as const)('Entra record %j gives %s', (entraDevice, reason) => {
    expect(judge({}, { entraDevice })).toBe(reason);
  });
});
