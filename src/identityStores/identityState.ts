import { join } from 'node:path';
import type { IdentityStore } from '../identity/identityStore.ts';
import { createAttemptFile } from './attemptFile.ts';
import { createOnceFile } from './onceFile.ts';
import { createOtpDeviceFile } from './otpDeviceFile.ts';
import { createPeopleFile, type People } from './peopleFile.ts';
import type { StateFile } from './stateFile.ts';
import type { StateKey } from './stateKey.ts';

/** What the gate itself keeps about people, wherever their accounts live. */
export type IdentityState = Pick<IdentityStore, 'otp' | 'attempts' | 'once'>;

export interface IdentityStateOptions {
  /** The folder of the state files. It must exist. */
  readonly folder: string;
  readonly key: StateKey;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Three files in a folder of their own: what is written often does not make the rest be written again. */
export function createIdentityState({ folder, key, now }: IdentityStateOptions): {
  readonly state: IdentityState;
  readonly people: StateFile<People>;
} {
  const people = createPeopleFile(join(folder, 'people.json'));
  return {
    people,
    state: {
      otp: createOtpDeviceFile({ people, key, now }),
      attempts: createAttemptFile({ file: join(folder, 'attempts.json'), key, now }),
      once: createOnceFile({ file: join(folder, 'used.json'), now }),
    },
  };
}
