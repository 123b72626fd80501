import type { WantedProperties } from '../../node/deviceDirectory.ts';
import type { DeviceId } from '../../node/deviceId.ts';
import type { ManagedDevice } from '../../node/managedDevice.ts';
import { isGood } from '../answerLifetimes.ts';
import type { AnswerMemory } from '../answerMemory.ts';
import type { AnswerValues, Question } from '../question.ts';

/** What decisions will ask of each device. */
export interface FleetWish {
  readonly wanted: WantedProperties;
  /** Will they ask by Entra's id, beside Intune's? */
  readonly byEntraId: boolean;
}

/** When a page was asked for and when it came; see `AnswerMemory.moment` and `Remembered.fetchedAt`. */
export interface PageTime {
  readonly asked: number;
  readonly fetchedAt: number;
}

/** Takes rows of a list into memory, as answers to questions that decisions will ask. */
export interface FleetIntake {
  /** To be noted when a page is asked for. */
  moment(): number;
  takeRow(row: ManagedDevice, page: PageTime): void;
  /** A whole pass has shown that the device alone has this Entra id. */
  takeAlone(entraId: DeviceId, id: DeviceId): void;
  /** Answers that found no room in memory, since the beginning. */
  readonly withoutRoom: number;
}

export interface FleetIntakeOptions {
  readonly tenant: string;
  readonly memory: AnswerMemory;
  readonly wishes: readonly FleetWish[];
  readonly now: () => number;
}

/** For this long a list may still show what is gone: it is made from copies, and lags behind what is said of a single device. */
const LIST_LAG_MS = 300_000;

export function createFleetIntake({ tenant, memory, wishes, now }: FleetIntakeOptions): FleetIntake {
  const moments = createMomentsPast(LIST_LAG_MS);
  let withoutRoom = 0;

  const mayKeep = (question: Question): boolean => {
    if (memory.hasRoomFor(question)) return true;
    withoutRoom += 1;
    return false;
  };

  /** That a device is good is not believed of a list if something worse was heard of late: it will be asked about by its id. */
  const isBelieved = <K extends 'managedDevice' | 'managedDevices'>(
    question: Question<K>,
    value: AnswerValues[K],
    device: ManagedDevice,
  ): boolean => !isGood(device) || !memory.wasOutdatedSince(question, value, moments.before(now()));

  const askById = (id: DeviceId, wanted: WantedProperties) =>
    ({ tenant, kind: 'managedDevice', id, wanted }) as const;
  const askByEntraId = (id: DeviceId, wanted: WantedProperties) =>
    ({ tenant, kind: 'managedDevices', id, wanted }) as const;

  /** A row about a device that an older answer to the question by its Entra id does not tell of. */
  const contradict = (row: ManagedDevice, wanted: WantedProperties, { asked, fetchedAt }: PageTime): void => {
    if (row.azureADDeviceId === undefined) return;
    const question = askByEntraId(row.azureADDeviceId, wanted);
    const known = memory.find(question);
    if (known === undefined || known.asked > asked || known.value.some(({ id }) => id === row.id)) return;
    memory.take(question, { value: [row], fetchedAt }, asked, false);
  };

  return {
    moment() {
      const moment = memory.moment();
      moments.note(moment, now());
      return moment;
    },
    takeRow(row, page) {
      for (const { wanted, byEntraId } of wishes) {
        if (byEntraId) contradict(row, wanted, page);
        const question = askById(row.id, wanted);
        if (!isBelieved(question, row, row)) continue;
        // Not kept is not the same as not heard: that a device is not good ends what was said of it before.
        memory.take(question, { value: row, fetchedAt: page.fetchedAt }, page.asked, mayKeep(question));
      }
    },
    takeAlone(entraId, id) {
      for (const { wanted, byEntraId } of wishes) {
        // Perhaps a newer answer than the list's; it is about the same device.
        const known = byEntraId ? memory.find(askById(id, wanted)) : undefined;
        const device = known?.value;
        if (known === undefined || device?.azureADDeviceId !== entraId) continue;
        const question = askByEntraId(entraId, wanted);
        if (!isBelieved(question, [device], device) || !mayKeep(question)) continue;
        memory.repeat(question, [device], known);
      }
    },
    get withoutRoom() {
      return withoutRoom;
    },
  };
}

/** Which moment it was some time ago, to the second. */
function createMomentsPast(agoMs: number): {
  note(moment: number, at: number): void;
  before(at: number): number;
} {
  const noted: { readonly moment: number; readonly at: number }[] = [];
  let past = 0;
  return {
    note(moment, at) {
      const sinceMs = at - (noted.at(-1)?.at ?? Number.NEGATIVE_INFINITY);
      // The clock was set back.
      if (sinceMs < 0) noted.length = 0;
      if (sinceMs < 0 || sinceMs >= 1_000) noted.push({ moment, at });
    },
    before(at) {
      while (noted[0] !== undefined && noted[0].at <= at - agoMs) past = noted.shift()?.moment ?? past;
      return past;
    },
  };
}
