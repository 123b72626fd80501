import { z } from 'zod';
import { wipeOptions } from './inputs.ts';
import type { ChangeOperation } from './operation.ts';

const NO_OPTIONS = z.strictObject({});

const WAIT = 'What comes of it, the device tells when it next checks in: see get_device_actions.';

/** Everything that changes a device. */
export const CHANGES: readonly ChangeOperation[] = [
  {
    name: 'sync_device',
    class: 'PROPOSE',
    summary: 'Have a device check in with Intune now',
    detail: `A nudge: compliance changes only after the device has checked in. ${WAIT}`,
    route: { method: 'POST', path: '/devices/{device_id}/sync' },
    command: { words: ['devices', 'sync'], operands: ['device_id'] },
    options: NO_OPTIONS,
    actionOf: () => ({ kind: 'sync' }),
    reportedAs: ['syncDevice'],
  },
  {
    name: 'remote_lock',
    class: 'MUTATE',
    summary: 'Lock a device',
    detail: WAIT,
    route: { method: 'POST', path: '/devices/{device_id}/lock' },
    command: { words: ['devices', 'lock'], operands: ['device_id'] },
    options: NO_OPTIONS,
    actionOf: () => ({ kind: 'lock' }),
    reportedAs: ['remoteLock'],
  },
  {
    name: 'retire_device',
    class: 'MUTATE',
    summary: "Take a device out of management, and the organisation's data off it",
    detail: WAIT,
    route: { method: 'POST', path: '/devices/{device_id}/retire' },
    command: { words: ['devices', 'retire'], operands: ['device_id'] },
    options: NO_OPTIONS,
    actionOf: () => ({ kind: 'retire' }),
    reportedAs: ['retire', 'removeCompanyData'],
  },
  {
    name: 'wipe_device',
    class: 'MUTATE',
    summary: 'Erase a device',
    detail: `Cannot be taken back. ${WAIT}`,
    route: { method: 'POST', path: '/devices/{device_id}/wipe' },
    command: { words: ['devices', 'wipe'], operands: ['device_id'] },
    options: wipeOptions,
    actionOf(options) {
      const parsed = wipeOptions.parse(options);
      return {
        kind: 'wipe',
        options: {
          keepEnrollmentData: parsed.keep_enrollment_data,
          keepUserData: parsed.keep_user_data,
          persistEsimDataPlan: parsed.persist_esim_data_plan,
          macOsUnlockCode: parsed.macos_unlock_code,
        },
      };
    },
    reportedAs: ['wipe', 'factoryReset'],
  },
  {
    name: 'delete_device',
    class: 'MUTATE',
    summary: "Delete Intune's record of a device",
    detail: 'Intune may refuse it for a device that was not retired. The record in Entra stays.',
    route: { method: 'POST', path: '/devices/{device_id}/delete' },
    command: { words: ['devices', 'delete'], operands: ['device_id'] },
    options: NO_OPTIONS,
    actionOf: () => ({ kind: 'delete' }),
    reportedAs: [],
  },
];
