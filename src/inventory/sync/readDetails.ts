import { readFieldValue, type FieldValue } from '../fields/fieldValue.ts';
import type { Plan } from '../mapping/plan.ts';
import type { DeviceRow, InventoryTarget } from '../targets/inventoryTarget.ts';
import type { DeviceFeed } from './deviceFeed.ts';

const AT_ONCE = 4;
const DEVICE_MS = 30_000;
const DAY_MS = 86_400_000;

export interface DetailReader {
  /** The devices with what was read of them before, or is read now, as far as the run's allowance goes. */
  complete(devices: readonly DeviceRow[], signal: AbortSignal): Promise<readonly DeviceRow[]>;
  /** How many devices are still without. */
  readonly waiting: () => number;
}

/**
 * Some fields are told by a GET of one device only. They are read once for each device, again after some days, and some of them each
 * run: a tenant of many devices is complete after a few runs, and Microsoft's limit is left to the gate.
 */
export function createDetailReader(options: {
  readonly feed: DeviceFeed;
  readonly target: InventoryTarget;
  readonly plan: Plan;
  readonly now: () => number;
  /** False for what was read before alone. */
  readonly mayRead: boolean;
}): DetailReader {
  const { feed, target, plan, now } = options;
  const { sync, blanks } = plan.source.mapping;
  const fields = plan.fields.filter(({ onlyById }) => onlyById);
  const select = fields.map(({ graph }) => graph);
  let allowance = options.mayRead ? sync.detailsPerRun : 0;
  let waiting = 0;

  const read = async (device: DeviceRow, signal: AbortSignal): Promise<DeviceRow> => {
    const answer = await feed.readDevice(device.id, select, { signal, deadline: now() + DEVICE_MS });
    if (!answer.ok) {
      // Microsoft has enough of it: the next run goes on.
      allowance = 0;
      return device;
    }
    const raw = answer.value;
    if (raw === undefined) return device;
    const values: Record<string, FieldValue> = {};
    for (const field of fields) {
      const value = readFieldValue(field, raw[field.graph], blanks === 'null');
      // Nobody has no memory at all: the device has not told it.
      values[field.graph] = value.ok && value.value !== 0 ? value.value : null;
    }
    return { ...device, values: { ...device.values, ...values, _d: true }, hasDetails: true };
  };

  return {
    waiting: () => waiting,
    async complete(devices, signal) {
      if (fields.length === 0) return devices;
      const known = await target.knownDetails(devices.map(({ id }) => id));
      const oldest = now() - sync.detailsRefreshDays * DAY_MS;
      const completed = devices.map((device) => {
        const before = known.get(device.id);
        return before === undefined ? device : { ...device, values: { ...device.values, ...before.values } };
      });
      const wanted = completed.flatMap(({ id }, index) =>
        (known.get(id)?.readAt ?? 0) < oldest ? [index] : [],
      );
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < wanted.length && allowance > 0 && !signal.aborted) {
          const index = wanted[next] ?? 0;
          next += 1;
          allowance -= 1;
          const device = completed[index];
          if (device !== undefined) completed[index] = await read(device, signal);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      waiting += wanted.filter(
        (index) => completed[index]?.hasDetails !== true && !known.has(completed[index]?.id ?? ''),
      ).length;
      return completed;
    },
  };
}
