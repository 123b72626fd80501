import { z } from 'zod';
import type { HotpSettings, TotpSettings } from '../../identity/oath/oathSettings.ts';
import { callbacks } from '../callbacks/callback.ts';
import { ask, goTo, type NodeResult } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { OATH_METHOD, oathAlgorithm, totpHashAlgorithm, totpTimeInterval } from './oathConfig.ts';
import { findPendingDevice, keepPendingDevice, PENDING_DEVICE } from './pendingDevice.ts';
import { findPerson } from './person.ts';
import { setting } from './settings.ts';

const configuration = z.object({
  algorithm: oathAlgorithm,
  hotpWindowSize: setting(z.int().min(1).max(1_000), 100),
  totpTimeInterval,
  totpTimeSteps: setting(z.int().min(1).max(100), 2),
  totpHashAlgorithm,
  maximumAllowedClockDrift: setting(z.int().min(1).max(1_000), 5),
  isRecoveryCodeAllowed: setting(z.boolean(), false),
});

const USE_RECOVERY_CODE = 1;

/**
 * Asks for a code of the person's device, or of the one that is being registered. One attempt: whatever is not the next good code is a failure. What was accepted, and how often
 * it failed, is kept with the person.
 */
export const oathTokenVerifier = defineNodeType({
  type: 'OathTokenVerifierNode',
  displayName: 'OATH Token Verifier',
  configuration,
  outcomes: ({ isRecoveryCodeAllowed }) => [
    { id: 'successOutcome', displayName: 'Success' },
    { id: 'failureOutcome', displayName: 'Failure' },
    { id: 'notRegisteredOutcome', displayName: 'Not registered' },
    ...(isRecoveryCodeAllowed ? [{ id: 'recoveryCodeOutcome', displayName: 'Recovery Code' }] : []),
  ],
  asks: () => 'sometimes',
  inputs: () => ['username', PENDING_DEVICE],
  async run(context): Promise<NodeResult> {
    const { config, answers, ports, signal, state } = context;
    const person = await findPerson(context);
    const settings = settingsOf(config);
    const pending = findPendingDevice(state, person.id);
    if (answers === undefined) {
      const devices =
        pending === undefined ? await ports.identities.otp.list(person.id, signal) : [pending.device];
      return devices.some(({ algorithm }) => algorithm === settings.algorithm)
        ? ask(questions(config.isRecoveryCodeAllowed))
        : notRegistered();
    }
    const [code, button] = answers;
    if (config.isRecoveryCodeAllowed && button?.value === USE_RECOVERY_CODE)
      return goTo('recoveryCodeOutcome');
    const { proveOath, verifyOath } = ports.secondFactors;
    const answer = String(code?.value);
    if (pending !== undefined) {
      const proof = await proveOath(person.id, pending.device, answer, settings, signal);
      if (proof.is !== 'accepted') return goTo('failureOutcome');
      keepPendingDevice(state, { ...pending, device: proof.device });
      return goTo('successOutcome', { method: OATH_METHOD, identified: person });
    }
    const verdict = await verifyOath(person.id, answer, settings, signal);
    switch (verdict.is) {
      case 'accepted':
        return goTo('successOutcome', { method: OATH_METHOD, identified: person });
      case 'notRegistered':
        return notRegistered();
      case 'rejected':
      case 'lockedOut':
        return goTo('failureOutcome');
    }

    function notRegistered(): NodeResult {
      state.putShared('mfaMethod', 'oath');
      return goTo('notRegisteredOutcome');
    }
  },
});

function questions(isRecoveryCodeAllowed: boolean) {
  const options = ['Submit', ...(isRecoveryCodeAllowed ? ['Use recovery code'] : [])];
  return [callbacks.name('Enter verification code'), callbacks.confirmation({ options, defaultOption: 0 })];
}

function settingsOf(config: z.output<typeof configuration>): TotpSettings | HotpSettings {
  return config.algorithm === 'HOTP'
    ? { algorithm: 'hotp', windowSize: config.hotpWindowSize }
    : {
        algorithm: 'totp',
        intervalSeconds: config.totpTimeInterval,
        timeSteps: config.totpTimeSteps,
        hash: config.totpHashAlgorithm,
        largestDriftSteps: config.maximumAllowedClockDrift,
      };
}
