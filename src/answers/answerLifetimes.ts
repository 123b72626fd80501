import { judgeDevice } from '../node/judgeDevice.ts';
import type { ManagedDevice } from '../node/managedDevice.ts';
import type { AnswerValues, QuestionKind } from './question.ts';

/** How long answers may be used, milliseconds since Microsoft gave them; 0 for not at all. */
export interface AnswerLifetimes {
  /** Devices that nothing in Intune speaks against. */
  readonly compliantMs: number;
  /** Devices in any other state: short, so that a fix is seen. */
  readonly otherMs: number;
  /** Devices that Intune or Entra does not know. */
  readonly notFoundMs: number;
  /** Entra's records of devices. */
  readonly entraMs: number;
  /** App inventories. */
  readonly appsMs: number;
  /** Any answer about something that was found, while Microsoft cannot answer. Counted from the same moment as the others. */
  readonly staleMs: number;
}

/** Milliseconds. An answer from the future, as after a clock was set back, is none that could be judged by its age. */
export function ageOf(fetchedAt: number, now: number): number {
  return fetchedAt > now ? Infinity : now - fetchedAt;
}

/** Is the answer that there is no such thing? An empty inventory of apps is not. */
export function isAbsence<K extends QuestionKind>(kind: K, value: AnswerValues[K]): boolean {
  return value === undefined || (kind === 'managedDevices' && devicesIn(kind, value).length === 0);
}

/** How long an answer is as good as a new one, milliseconds. */
export function freshMs<K extends QuestionKind>(
  kind: K,
  value: AnswerValues[K],
  lifetimes: AnswerLifetimes,
): number {
  if (isAbsence(kind, value)) return lifetimes.notFoundMs;
  if (kind === 'entraDevice') return lifetimes.entraMs;
  if (kind === 'detectedApps') return lifetimes.appsMs;
  return devicesIn(kind, value).every(isGood) ? lifetimes.compliantMs : lifetimes.otherMs;
}

/** How long an answer may stand in while Microsoft cannot answer, milliseconds. That there is no such device may never. */
export function staleMs<K extends QuestionKind>(
  kind: K,
  value: AnswerValues[K],
  lifetimes: AnswerLifetimes,
): number {
  return isAbsence(kind, value) ? 0 : lifetimes.staleMs;
}

/** The managed devices an answer tells of. */
export function devicesIn<K extends QuestionKind>(kind: K, value: AnswerValues[K]): readonly ManagedDevice[] {
  if (kind === 'managedDevices') return value as AnswerValues['managedDevices'];
  if (kind !== 'managedDevice' || value === undefined) return [];
  return [value as ManagedDevice];
}

/** Compliant, and nothing else in Intune's answer speaks against it: it is not being wiped, say. */
export function isGood(device: ManagedDevice): boolean {
  return (
    judgeDevice({
      device,
      loginUser: undefined,
      entraDevice: 'notAsked',
      largestCheckInAgeMs: undefined,
      now: 0,
    }) === 'compliant'
  );
}
