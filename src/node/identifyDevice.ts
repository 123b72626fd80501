import type { Reason } from '../outcomes/reason.ts';
import type { DeviceId } from './deviceId.ts';
import type {
  DeviceDirectory,
  DeviceLookupOptions,
  Lookup,
  LookupFailure,
  Provenance,
} from './deviceDirectory.ts';
import type { ManagedDevice } from './managedDevice.ts';
import type { ClaimedId, DeviceClaim } from './reconcileIds.ts';
import { whenKnown, type Soon } from './soon.ts';

export type Identification =
  | {
      readonly is: 'device';
      readonly device: ManagedDevice;
      readonly by: ClaimedId;
      readonly provenance: Provenance;
    }
  | { readonly is: 'notFound'; readonly by: ClaimedId; readonly provenance: Provenance }
  | { readonly is: 'refused'; readonly reason: Reason; readonly detail: string }
  | { readonly is: 'failed'; readonly failure: LookupFailure };

/**
 * Finds the one managed device a claim speaks of. An id whose kind nobody told is tried as an Intune id first and as an Entra id if
 * Intune has no such device. With two ids, the device found by one must also carry the other.
 */
export function identifyDevice(
  claim: DeviceClaim,
  directory: DeviceDirectory,
  options: DeviceLookupOptions,
): Soon<Identification> {
  const order = attempts(claim);
  const tryFrom = (index: number, first?: Identification): Soon<Identification> => {
    const attempt = order[index];
    if (attempt === undefined) return first ?? NO_ID_LEFT;
    const find = attempt.kind === 'intune' ? findByIntuneId : findByEntraId;
    return whenKnown(find(attempt, directory, options), (result) => {
      if (result.is === 'notFound') return tryFrom(index + 1, first ?? result);
      return result.is === 'device' ? requireAllIds(result, claim) : result;
    });
  };
  return tryFrom(0);
}

const NO_ID_LEFT: Identification = {
  is: 'refused',
  reason: 'deviceIdConflict',
  detail: 'no id was left to look for',
};

/** Intune ids first: one read by key, and no ghosts of former enrolments. */
function attempts(claim: DeviceClaim): readonly ClaimedId[] {
  return [
    ...claim.ids
      .filter(({ kind }) => kind !== 'entra')
      .map((claimed) => ({ ...claimed, kind: 'intune' as const })),
    ...claim.ids
      .filter(({ kind }) => kind !== 'intune')
      .map((claimed) => ({ ...claimed, kind: 'entra' as const })),
  ];
}

function findByIntuneId(
  by: ClaimedId,
  directory: DeviceDirectory,
  options: DeviceLookupOptions,
): Soon<Identification> {
  return whenKnown(directory.findManagedDevice(by.id, options), (found) => byIntuneId(by, found));
}

function byIntuneId(by: ClaimedId, found: Lookup<ManagedDevice | undefined>): Identification {
  if (!found.ok) return { is: 'failed', failure: found };
  if (found.value === undefined) return { is: 'notFound', by: { ...by, kind: 'unknown' }, provenance: found };
  return found.value.id === by.id
    ? { is: 'device', device: found.value, by, provenance: found }
    : { is: 'refused', reason: 'malformedAnswer', detail: 'the answer is about another device' };
}

function findByEntraId(
  by: ClaimedId,
  directory: DeviceDirectory,
  options: DeviceLookupOptions,
): Soon<Identification> {
  return whenKnown(directory.findManagedDevicesByEntraId(by.id, options), (found) => byEntraId(by, found));
}

function byEntraId(by: ClaimedId, found: Lookup<readonly ManagedDevice[]>): Identification {
  if (!found.ok) return { is: 'failed', failure: found };
  if (found.value.length === 0) return { is: 'notFound', by, provenance: found };
  if (found.value.some((device) => device.azureADDeviceId !== by.id)) {
    return { is: 'refused', reason: 'malformedAnswer', detail: 'the answer is about another device' };
  }
  const device = currentEnrolment(found.value);
  return device === undefined
    ? {
        is: 'refused',
        reason: 'deviceAmbiguous',
        detail: `${found.value.length} managed devices have this Entra id`,
      }
    : { is: 'device', device, by, provenance: found };
}

/**
 * One piece of hardware that was enrolled again leaves its former records behind. They are told apart only if all of them carry the
 * same serial number and one of them has checked in last; otherwise nothing may win.
 */
export function currentEnrolment(devices: readonly ManagedDevice[]): ManagedDevice | undefined {
  const [first, ...others] = devices;
  if (first === undefined || others.length === 0) return first;
  if (
    first.serialNumber === undefined ||
    others.some((device) => device.serialNumber !== first.serialNumber)
  ) {
    return undefined;
  }
  const [newest, next] = [...devices].sort((a, b) => (b.lastSync ?? 0) - (a.lastSync ?? 0));
  return newest?.lastSync !== undefined && newest.lastSync > (next?.lastSync ?? 0) ? newest : undefined;
}

function requireAllIds(found: Identification & { is: 'device' }, claim: DeviceClaim): Identification {
  const { device } = found;
  const belongs = ({ id, kind }: ClaimedId): boolean => {
    const carried: readonly (DeviceId | undefined)[] =
      kind === 'unknown'
        ? [device.id, device.azureADDeviceId]
        : [kind === 'intune' ? device.id : device.azureADDeviceId];
    return carried.includes(id);
  };
  return claim.ids.every(belongs)
    ? found
    : { is: 'refused', reason: 'deviceIdConflict', detail: 'the ids belong to different devices' };
}
