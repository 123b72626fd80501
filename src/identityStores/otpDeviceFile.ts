import { randomUUID } from 'node:crypto';
import { GateError } from '../errors.ts';
import { NO_PROGRESS, type OtpDevice, type OtpProgress } from '../identity/otpDevice.ts';
import type { OtpDeviceStore } from '../identity/otpDeviceStore.ts';
import { putPerson, type People, type StoredDevice, type StoredPerson } from './peopleFile.ts';
import type { Changed, StateFile } from './stateFile.ts';
import type { StateKey } from './stateKey.ts';

const MOST_DEVICES = 10;

/** One-time-password devices in the file of people: secrets are sealed, recovery codes are hashed, both bound to person and device. */
export function createOtpDeviceFile(options: {
  readonly people: StateFile<People>;
  readonly key: StateKey;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}): OtpDeviceStore {
  const { people, key, now } = options;
  const ownerOf = (identityId: string, deviceId: string): string => JSON.stringify([identityId, deviceId]);
  const hashesOf = (code: string, owner: string): readonly [string, ...string[]] =>
    key.hashes(code, `recovery ${owner}`);

  function open(identityId: string, stored: StoredDevice): OtpDevice {
    const secret = key.open(stored.secret, ownerOf(identityId, stored.id));
    if (secret === undefined) {
      throw new GateError(
        'identityUnavailable',
        `the secret of device ${stored.id} cannot be decrypted: it was sealed with another key, or the file was changed`,
      );
    }
    return {
      id: stored.id,
      name: stored.name,
      algorithm: stored.algorithm,
      digits: stored.digits,
      secret,
      progress: progressOf(stored),
      recoveryCodesLeft: stored.recoveryCodes.length,
      registeredAt: stored.registeredAt,
    };
  }

  /** Changes one device, if it is there and `change` gives another. True if it was changed. */
  function updateDevice(
    identityId: string,
    deviceId: string,
    change: (stored: StoredDevice) => StoredDevice | undefined,
  ): Promise<boolean> {
    return people.update((state) => {
      const person = state.people.get(identityId);
      const stored = person?.devices.find(({ id }) => id === deviceId);
      const next = stored === undefined ? undefined : change(stored);
      if (person === undefined || next === undefined) return { changed: false, result: false };
      const devices = person.devices.map((device) => (device === stored ? next : device));
      putPerson(state, identityId, { ...person, devices });
      return { changed: true, result: true };
    });
  }

  return {
    async list(identityId, signal) {
      signal.throwIfAborted();
      const devices = (await people.read()).people.get(identityId)?.devices ?? [];
      return devices.map((stored) => open(identityId, stored));
    },
    async add(identityId, device, signal) {
      signal.throwIfAborted();
      const id = device.id ?? randomUUID();
      const owner = ownerOf(identityId, id);
      const stored: StoredDevice = {
        id,
        name: device.name,
        algorithm: device.algorithm,
        digits: device.digits,
        secret: key.seal(device.secret, owner),
        registeredAt: now(),
        ...toStored(device.progress ?? NO_PROGRESS),
        recoveryCodes: (device.recoveryCodes ?? []).map((code) => hashesOf(code, owner)[0]),
      };
      await people.update((state) => addDevice(state, identityId, stored));
      return open(identityId, stored);
    },
    async remove(identityId, deviceId, signal) {
      signal.throwIfAborted();
      return people.update((state) => {
        const person = state.people.get(identityId);
        const devices = person?.devices.filter(({ id }) => id !== deviceId) ?? [];
        if (person === undefined || devices.length === person.devices.length) {
          return { changed: false, result: false };
        }
        putPerson(state, identityId, { ...person, devices });
        return { changed: true, result: true };
      });
    },
    async removeAll(identityId, signal) {
      signal.throwIfAborted();
      return people.update((state) => {
        const person = state.people.get(identityId);
        const count = person?.devices.length ?? 0;
        if (person !== undefined) putPerson(state, identityId, { ...person, devices: [] });
        return { changed: count > 0, result: count };
      });
    },
    async advance(identityId, deviceId, { from, to }, signal) {
      signal.throwIfAborted();
      return updateDevice(identityId, deviceId, (stored) =>
        isSame(progressOf(stored), from)
          ? { ...stored, lastAcceptedSeconds: undefined, ...toStored(to) }
          : undefined,
      );
    },
    async setRecoveryCodes(identityId, deviceId, codes, signal) {
      signal.throwIfAborted();
      const owner = ownerOf(identityId, deviceId);
      const recoveryCodes = codes.map((code) => hashesOf(code, owner)[0]);
      return updateDevice(identityId, deviceId, (stored) => ({ ...stored, recoveryCodes }));
    },
    async useRecoveryCode(identityId, deviceId, code, signal) {
      signal.throwIfAborted();
      const hashes = hashesOf(code, ownerOf(identityId, deviceId));
      return updateDevice(identityId, deviceId, (stored) => {
        const recoveryCodes = stored.recoveryCodes.filter((hash) => !hashes.includes(hash));
        return recoveryCodes.length === stored.recoveryCodes.length
          ? undefined
          : { ...stored, recoveryCodes };
      });
    },
  };
}

function addDevice(state: People, identityId: string, stored: StoredDevice): Changed<undefined> {
  const person: StoredPerson = state.people.get(identityId) ?? { devices: [] };
  if (person.devices.length >= MOST_DEVICES) {
    throw new GateError('identityRefused', `a person has at most ${MOST_DEVICES} one-time-password devices`);
  }
  if (person.devices.some(({ id }) => id === stored.id)) {
    throw new GateError('identityRefused', 'there is a device with this id already');
  }
  putPerson(state, identityId, { ...person, devices: [...person.devices, stored] });
  return { changed: true, result: undefined };
}

function progressOf({ lastAcceptedSeconds, driftSeconds, counter }: StoredDevice): OtpProgress {
  return { ...(lastAcceptedSeconds === undefined ? {} : { lastAcceptedSeconds }), driftSeconds, counter };
}

function toStored({
  lastAcceptedSeconds,
  driftSeconds,
  counter,
}: OtpProgress): Pick<StoredDevice, 'driftSeconds' | 'counter'> & { lastAcceptedSeconds?: number } {
  return { ...(lastAcceptedSeconds === undefined ? {} : { lastAcceptedSeconds }), driftSeconds, counter };
}

function isSame(one: OtpProgress, other: OtpProgress): boolean {
  return (
    one.lastAcceptedSeconds === other.lastAcceptedSeconds &&
    one.driftSeconds === other.driftSeconds &&
    one.counter === other.counter
  );
}
