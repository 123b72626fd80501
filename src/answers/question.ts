import type { WantedProperties } from '../node/deviceDirectory.ts';
import type { DeviceId } from '../node/deviceId.ts';
import type { DetectedApp, EntraDevice, ManagedDevice } from '../node/managedDevice.ts';

/** What can be asked of a directory, and what is answered. */
export interface AnswerValues {
  /** By Intune's id; undefined if Intune knows no such device. */
  readonly managedDevice: ManagedDevice | undefined;
  /** By Entra's id; empty if Intune knows no such device. */
  readonly managedDevices: readonly ManagedDevice[];
  /** By Entra's id; undefined if Entra knows no such device. */
  readonly entraDevice: EntraDevice | undefined;
  /** By Intune's id. */
  readonly detectedApps: readonly DetectedApp[];
}

export type QuestionKind = keyof AnswerValues;

/** One question about one device of one tenant. */
export interface Question<K extends QuestionKind = QuestionKind> {
  /** The tenant's name in the configuration. */
  readonly tenant: string;
  readonly kind: K;
  readonly id: DeviceId;
  /** `none` for the kinds that have no choice. */
  readonly wanted: WantedProperties;
}

/**
 * A name that two questions share only if they are the same question, in every replica. The id comes first and always has 36
 * characters; what follows is JSON.
 */
export function questionKey({ tenant, kind, id, wanted }: Question): string {
  return `${id}${questionForm({ tenant, kind, wanted })}`;
}

/** What is asked, whatever the device: one of a few per configuration. */
export function questionForm({ tenant, kind, wanted }: Omit<Question, 'id'>): string {
  const properties = typeof wanted === 'string' ? wanted : [...new Set(wanted)].sort();
  return JSON.stringify([tenant, kind, properties]);
}
