import type { WantedProperties } from '../node/deviceDirectory.ts';
import type { JsonValue, ManagedDevice } from '../node/managedDevice.ts';
import { isSecretProperty } from '../sharedState/intuneKeys.ts';
import type { AnswerValues, Question, QuestionKind } from './question.ts';

/** Hands back one and the same string for equal ones. */
export type ShareString = (text: string) => string;

const MOST_SHARED = 1_000;

/** For the few words that all devices have in common, such as compliance states; beyond a thousand, strings stay as they are. */
export function createShareString(): ShareString {
  const known = new Map<string, string>();
  return (text) => {
    const first = known.get(text);
    if (first !== undefined || known.size >= MOST_SHARED) return first ?? text;
    known.set(text, text);
    return text;
  };
}

/**
 * What is worth remembering of an answer: the facts that are judged by and the properties that were wanted, but none that opens a
 * device or a session. Frozen, since many decisions share it.
 */
export function compactAnswer<K extends QuestionKind>(
  { kind, wanted }: Question<K>,
  value: AnswerValues[K],
  share: ShareString,
): AnswerValues[K] {
  const compact = (kinds: QuestionKind): unknown => {
    switch (kinds) {
      case 'managedDevice':
        return value === undefined ? undefined : compactDevice(value as ManagedDevice, wanted, share);
      case 'managedDevices':
        return Object.freeze(
          (value as readonly ManagedDevice[]).map((device) => compactDevice(device, wanted, share)),
        );
      case 'entraDevice':
      case 'detectedApps':
        return Object.freeze(value);
    }
  };
  return compact(kind) as AnswerValues[K];
}

/** About how much memory an answer takes beside what every answer takes, bytes. */
export function weighAnswer<K extends QuestionKind>(kind: K, value: AnswerValues[K]): number {
  if (kind === 'detectedApps') return jsonBytes(value);
  const devices = Array.isArray(value) ? (value as readonly ManagedDevice[]) : [value as ManagedDevice];
  return devices.reduce(
    (sum, device) =>
      sum +
      (device?.properties === undefined || device.properties === NONE ? 0 : jsonBytes(device.properties)),
    0,
  );
}

/** As objects, JSON takes about three times its length. */
function jsonBytes(value: unknown): number {
  return JSON.stringify(value).length * 3;
}

const NONE: ManagedDevice['properties'] = Object.freeze(Object.create(null) as Record<string, JsonValue>);

function compactDevice(device: ManagedDevice, wanted: WantedProperties, share: ShareString): ManagedDevice {
  // It has been made here before, and one object does for two answers.
  if (wanted === 'none' && device.properties === NONE) return device;
  const shared = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : share(text);
  return Object.freeze({
    id: device.id,
    azureADDeviceId: device.azureADDeviceId,
    complianceState: share(device.complianceState),
    managementState: shared(device.managementState),
    deviceRegistrationState: shared(device.deviceRegistrationState),
    graceDeadline: device.graceDeadline,
    lastSync: device.lastSync,
    serialNumber: device.serialNumber,
    userPrincipalName: device.userPrincipalName,
    properties: pick(device.properties, wanted),
  });
}

function pick(
  properties: ManagedDevice['properties'],
  wanted: WantedProperties,
): ManagedDevice['properties'] {
  if (wanted === 'none') return NONE;
  // No prototype: a property called `constructor` is a property like any other.
  const picked = Object.create(null) as Record<string, JsonValue>;
  for (const [name, value] of Object.entries(properties)) {
    if ((wanted === 'all' || wanted.includes(name)) && !isSecretProperty(name)) picked[name] = value;
  }
  return Object.freeze(picked);
}
