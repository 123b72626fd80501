import type { Lookup, LookupOptions } from './deviceDirectory.ts';
import type { DeviceId } from './deviceId.ts';

/** Port: has a device check in. No method throws for an expected failure. */
export interface DeviceSync {
  /**
   * Asks Intune to tell the device to check in. The device does so when it hears of it, and nothing of it is known here.
   *
   * @param id - Intune's own id
   * @returns false if Intune knows no such device
   */
  syncDevice(id: DeviceId, options: LookupOptions): Promise<Lookup<boolean>>;
}
